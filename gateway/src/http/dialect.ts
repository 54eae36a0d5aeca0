import type { IncomingHttpHeaders } from 'node:http'
import type {} from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import type { ApiScope } from '../core/merchants/merchant.ts'
import type { HttpProblem } from './problem.ts'

export interface RenderedAnswer {
  status: number
  headers: Readonly<Record<string, string>>
  /** JSON text. */
  body: string
}

/** One public API: its routes, where its key stands, and how it words what the edge refuses. */
export interface Dialect {
  name: string
  /** Beginnings of its paths. The first dialect of a server also answers for paths that are nobody's. */
  prefixes: readonly string[]
  keyText(headers: IncomingHttpHeaders): string | undefined
  render(problem: HttpProblem, requestId: string): RenderedAnswer
  routes(app: FastifyInstance): void
}

/** What a route asks of its caller: a scope of a secret key, or nothing. */
export type Access = ApiScope | 'public'

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
}

export function dialectOf(dialects: readonly Dialect[], url: string): Dialect {
  const found = dialects.find((dialect) => dialect.prefixes.some((prefix) => url.startsWith(prefix))) ?? dialects[0]
  if (found === undefined) throw new Error('a server needs at least one dialect')
  return found
}
