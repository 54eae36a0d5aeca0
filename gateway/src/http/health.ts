import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'

const Alive = Type.Object({ status: Type.Literal('alive') })
const Readiness = Type.Object({
  status: Type.Enum(['ready', 'not_ready']),
  waiting_for: Type.Array(Type.String(), { description: 'What is not reachable, such as `database` or `vault`.' }),
})

/** `/healthz`: the process runs. `/readyz`: it can take a payment. `checkReady` names what is missing. */
export function addHealthRoutes(app: FastifyInstance, checkReady: () => Promise<readonly string[]>): void {
  app.get(
    '/healthz',
    {
      config: { access: 'public' },
      schema: { operationId: 'getHealth', tags: ['Operation'], summary: 'The process is up', response: { 200: Alive } },
    },
    async () => ({ status: 'alive' }) satisfies Static<typeof Alive>,
  )
  app.get(
    '/readyz',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'getReadiness',
        tags: ['Operation'],
        summary: 'The gateway can take a payment',
        response: { 200: Readiness, 503: Readiness },
      },
    },
    async (_request, reply) => {
      const waitingFor = await checkReady()
      const ready = waitingFor.length === 0
      reply.code(ready ? 200 : 503)
      return {
        status: ready ? 'ready' : 'not_ready',
        waiting_for: [...waitingFor],
      } satisfies Static<typeof Readiness>
    },
  )
}
