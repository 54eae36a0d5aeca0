import { buildOpenApiDocument, type JsonObject } from '../../http/openapi-document.ts'
import { createInflow, type InflowParts } from './inflow.ts'
import { schemaNames } from './schema.ts'

/** Not for the operator alone. */
const forAll = { 'x-internal': false }

export function buildInflowDocument(): Promise<JsonObject> {
  return buildOpenApiDocument({
    openapi: {
      info: {
        title: 'Tessera: one-call server payments',
        version: '1',
        description:
          'A request that holds a card goes to the card host, which serves POST /api/server/payment as the gateway does and keeps the card to itself; everything else goes to the gateway.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [
        { url: 'http://127.0.0.1:8080', description: 'The gateway of a local installation', ...forAll },
        {
          url: 'http://127.0.0.1:8081',
          description: 'Its card host, for POST /api/server/payment, of a local installation',
          ...forAll,
        },
      ],
      tags: [
        { name: 'Server payments' },
        { name: 'Payments' },
        { name: 'Payment links' },
        { name: 'Tax' },
        { name: 'Webhooks' },
      ],
      components: {
        securitySchemes: {
          privateKey: {
            type: 'apiKey',
            in: 'header',
            name: 'X-Inflow-Api-Key',
            description: 'Your private key, inflow_priv_test_… or inflow_priv_live_…; any secret key is accepted.',
          },
        },
      },
    },
    names: schemaNames,
    routes: (app) => createInflow({ publicUrl: 'http://127.0.0.1:8080' } as InflowParts).routes(app),
    security: [{ privateKey: [] }],
  })
}
