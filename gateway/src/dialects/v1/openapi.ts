import { addHealthRoutes } from '../../http/health.ts'
import { buildOpenApiDocument, type JsonObject } from '../../http/openapi-document.ts'
import { createTokenOperation, tokenSchemas } from './create-token-document.ts'
import { schemaNames } from './schema.ts'
import { createV1, type V1Parts } from './v1.ts'

/** Not for the operator alone. */
const forAll = { 'x-internal': false }

export function buildV1Document(): Promise<JsonObject> {
  return buildOpenApiDocument({
    openapi: {
      info: {
        title: 'Tessera',
        version: '1',
        description:
          'Server-to-server card payments. The card goes to the vault, which gives a token; the payment goes to the gateway with that token.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: 'http://127.0.0.1:8080', description: 'The gateway of a local installation', ...forAll }],
      tags: [
        { name: 'Tokens', description: 'Served by the vault.' },
        { name: 'Payments' },
        { name: 'Saved cards' },
        { name: 'Webhooks' },
        { name: 'Operation', description: 'Health and documents; no key needed.' },
      ],
      components: {
        securitySchemes: {
          secretKey: { type: 'http', scheme: 'bearer', description: 'Your secret key, tsk_test_… or tsk_live_….' },
          publishableKey: {
            type: 'http',
            scheme: 'bearer',
            description: 'Your publishable key, pk_test_… or pk_live_….',
          },
        },
      },
    },
    names: schemaNames,
    routes(app) {
      createV1({ publicUrl: 'http://127.0.0.1:8080' } as V1Parts).routes(app)
      addHealthRoutes(app, async () => [])
    },
    security: [{ secretKey: [] }],
    elsewhere: { paths: { '/v1/tokens': { post: createTokenOperation } }, schemas: tokenSchemas },
  })
}
