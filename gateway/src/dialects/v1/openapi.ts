import swagger from '@fastify/swagger'
import Fastify, { type FastifyInstance } from 'fastify'
import { addHealthRoutes } from '../../http/health.ts'
import { createTokenOperation, tokenSchemas } from './create-token-document.ts'
import { namedSchemas, nameOf } from './schema.ts'
import { createV1, type V1Parts } from './v1.ts'

type Json = string | number | boolean | null | undefined | Json[] | { [key: string]: Json }
type JsonObject = { [key: string]: Json }

const reference = '$named'

/** The OpenAPI 3.1 document of this API, made from the very routes that are served. Needs no server and no database. */
export async function buildV1Document(): Promise<JsonObject> {
  const app = await routesAlone()
  try {
    await app.ready()
    return sorted(app.swagger() as unknown as JsonObject)
  } finally {
    await app.close()
  }
}

async function routesAlone(): Promise<FastifyInstance> {
  const app = Fastify({ exposeHeadRoutes: false })
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => JSON.stringify)
  await app.register(swagger, {
    convertConstToEnum: false,
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tessera',
        version: '1',
        description:
          'Server-to-server card payments. The card goes to the vault, which gives a token; the payment goes to the gateway with that token.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: 'http://127.0.0.1:8080', description: 'The gateway of a local installation' }],
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
    transform: ({ schema, url, route }) => ({
      url,
      schema: {
        ...(withReferences(schema as unknown as Json) as object),
        security: route.config?.access === 'public' ? [] : [{ secretKey: [] }],
        ...(route.config?.access === 'public' ? {} : { 'x-scope': route.config?.access }),
      },
    }),
    transformObject: (document) => {
      const openapi = (document as { openapiObject: JsonObject }).openapiObject
      const components = openapi.components as JsonObject
      components.schemas = { ...schemasByName(), ...tokenSchemas }
      const paths = openapi.paths as JsonObject
      paths['/v1/tokens'] = { post: createTokenOperation }
      for (const operations of Object.values(paths)) allowEmptyBodies(operations as JsonObject)
      return resolved(openapi) as never
    },
  })
  // Routes are only described here, never called: they need no use cases.
  createV1({ publicUrl: 'http://127.0.0.1:8080' } as V1Parts).routes(app)
  addHealthRoutes(app, async () => [])
  return app
}

/** A body without a required field may be left out altogether. */
function allowEmptyBodies(operations: JsonObject): void {
  for (const operation of Object.values(operations) as JsonObject[]) {
    const body = operation.requestBody as { content: { 'application/json': { schema: JsonObject } }; required: boolean }
    const name = body?.content['application/json'].schema[`x-${reference}`]
    const schema = typeof name === 'string' ? namedSchemas.get(name) : undefined
    if (schema !== undefined && !('required' in schema)) body.required = false
  }
}

/** Marks named schemas, so that the plug-in carries them along as they are. */
function withReferences(node: Json): Json {
  if (Array.isArray(node)) return node.map(withReferences)
  if (typeof node !== 'object' || node === null) return node
  const name = nameOf(node)
  return name === undefined ? mapValues(node, withReferences) : { type: 'object', [`x-${reference}`]: name }
}

/** Each documented form, with the named schemas inside it as references. */
function schemasByName(): JsonObject {
  const schemas: JsonObject = {}
  for (const [name, documented] of namedSchemas) {
    schemas[name] = mapValues(documented as unknown as JsonObject, withReferences)
  }
  return schemas
}

/** Turns the marks into references, and leaves out what is only for our own texts. */
function resolved(node: Json): Json {
  if (Array.isArray(node)) return node.map(resolved)
  if (typeof node !== 'object' || node === null) return node
  const name = node[`x-${reference}`]
  if (typeof name === 'string') return { $ref: `#/components/schemas/${name}` }
  const { 'x-rule': _rule, ...rest } = node
  return mapValues(rest, resolved)
}

function mapValues(node: JsonObject, change: (value: Json) => Json): JsonObject {
  return Object.fromEntries(
    Object.entries(node).flatMap(([key, value]) => (value === undefined ? [] : [[key, change(value)]])),
  )
}

/** Paths and names in order, so that the file changes only where the API does. */
function sorted(document: JsonObject): JsonObject {
  const components = document.components as JsonObject
  const inOrder = (node: Json) =>
    Object.fromEntries(Object.entries(node as JsonObject).sort(([left], [right]) => (left < right ? -1 : 1)))
  return {
    ...document,
    paths: inOrder(document.paths),
    components: { ...components, schemas: inOrder(components.schemas) },
  }
}
