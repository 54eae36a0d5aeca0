import type { FastifyInstance } from 'fastify'
import type { PaymentLinks } from '../../core/links/payment-links.ts'
import { callerOf } from '../../http/admission.ts'
import type { Answering } from '../../http/answering.ts'
import { LinkPageWire, type LinkPath, LinkWire, linkPath, presentLink, readLinkId } from './link-wire.ts'
import { pageQuery, readPage } from './page-query.ts'
import { answersOf } from './route-documents.ts'

export function addReadLinks(
  app: FastifyInstance,
  parts: { links: PaymentLinks; answering: Answering; publicUrl: string },
): void {
  const { links, answering, publicUrl } = parts
  app.get(
    '/api/link',
    {
      config: { access: 'payments:read' },
      schema: {
        operationId: 'listLinks',
        tags: ['Payment links'],
        summary: 'List payment links, newest first',
        querystring: pageQuery,
        response: answersOf({ 200: LinkPageWire }, 400),
      },
    },
    async (request, reply) => {
      const page = readPage(request.query)
      const found = await links.listPage(callerOf(request), page)
      const data = found.links.map((link) => presentLink(link, publicUrl))
      return answering.json(reply, 200, { data, ...page, total: found.total })
    },
  )
  app.get<LinkPath>(
    '/api/link/:id',
    {
      config: { access: 'payments:read' },
      schema: {
        operationId: 'getLink',
        tags: ['Payment links'],
        summary: 'Read a payment link',
        params: linkPath,
        response: answersOf({ 200: LinkWire }, 404),
      },
    },
    async (request, reply) => {
      const id = readLinkId(request.params.id)
      if (id === undefined) return answering.refusal(request, reply, { refusal: 'not_found', what: 'payment_link' })
      const found = await links.find(callerOf(request), id)
      if (!found.ok) return answering.refusal(request, reply, found.refusal)
      return answering.json(reply, 200, presentLink(found.value, publicUrl))
    },
  )
}
