import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import Fastify, { type FastifyInstance } from 'fastify'
import { withBounds } from './bounded-schemas.ts'
import { nameOf, type SchemaNames } from './wire-schema.ts'

export type Json = string | number | boolean | null | undefined | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

const reference = '$named'

export interface ApiDescription {
  /** Everything of the document that is not made from routes. */
  openapi: NonNullable<FastifyDynamicSwaggerOptions['openapi']>
  names: SchemaNames
  /** Adds the routes. They are only described, never called: they need no use cases. */
  routes(app: FastifyInstance): void
  /** How a caller shows that it may call a route that is not public. */
  security: Record<string, string[]>[]
  /** What another host serves. */
  elsewhere?: { paths: JsonObject; schemas: JsonObject }
}

/** The OpenAPI 3.1 document of an API, made from the very routes that are served. Needs no server and no database. */
export async function buildOpenApiDocument(description: ApiDescription): Promise<JsonObject> {
  const app = await routesAlone(description)
  try {
    await app.ready()
    return sorted(app.swagger() as unknown as JsonObject)
  } finally {
    await app.close()
  }
}

async function routesAlone({ openapi, names, routes, security, elsewhere }: ApiDescription): Promise<FastifyInstance> {
  const app = Fastify({ exposeHeadRoutes: false })
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => JSON.stringify)
  await app.register(swagger, {
    convertConstToEnum: false,
    openapi: { openapi: '3.1.0', ...openapi },
    transform: ({ schema, url, route }) => ({
      url,
      schema: {
        ...(withReferences(schema as unknown as Json) as object),
        security: route.config?.access === 'public' ? [] : security,
        ...(route.config?.access === 'public' ? {} : { 'x-scope': route.config?.access }),
      },
    }),
    transformObject: (document) => {
      const made = (document as { openapiObject: JsonObject }).openapiObject
      const components = made.components as JsonObject
      components.schemas = { ...schemasByName(names), ...elsewhere?.schemas }
      const paths = made.paths as JsonObject
      for (const [path, operations] of Object.entries(elsewhere?.paths ?? {})) {
        paths[path] = { ...(paths[path] as JsonObject), ...(operations as JsonObject) }
      }
      for (const operations of Object.values(paths)) allowEmptyBodies(operations as JsonObject, names)
      return withBoundedSchemas(resolved(made) as JsonObject) as never
    },
  })
  routes(app)
  return app
}

function withBoundedSchemas(document: JsonObject): JsonObject {
  const components = document.components as JsonObject
  return {
    ...document,
    paths: withBounds(document.paths),
    components: { ...components, schemas: withBounds(components.schemas) },
  }
}

/** A body without a required field may be left out altogether. */
function allowEmptyBodies(operations: JsonObject, names: SchemaNames): void {
  for (const operation of Object.values(operations) as JsonObject[]) {
    const body = operation.requestBody as { content: { 'application/json': { schema: JsonObject } }; required: boolean }
    const name = body?.content['application/json'].schema[`x-${reference}`]
    const schema = typeof name === 'string' ? names.documented.get(name) : undefined
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
function schemasByName(names: SchemaNames): JsonObject {
  const schemas: JsonObject = {}
  for (const [name, documented] of names.documented) {
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
