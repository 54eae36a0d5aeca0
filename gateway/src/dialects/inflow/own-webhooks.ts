import type { Caller } from '../../core/merchants/merchant.ts'
import { accept, type Result, refuse } from '../../core/refusals.ts'
import type { WebhookEndpoint } from '../../core/webhooks/endpoint.ts'
import type { WebhookEndpoints } from '../../core/webhooks/endpoints.ts'
import { readWebhookId } from './webhook-wire.ts'

const missing = refuse({ refusal: 'not_found', what: 'webhook_endpoint' })

/** The endpoints that were made for this API: the others have shapes and settings that it has no words for. */
export interface OwnWebhooks {
  list(caller: Caller): Promise<WebhookEndpoint[]>
  find(caller: Caller, idText: string): Promise<Result<WebhookEndpoint>>
}

export function ownWebhooks(endpoints: WebhookEndpoints): OwnWebhooks {
  const isOwn = ({ dialect }: WebhookEndpoint): boolean => dialect === 'inflow'
  return {
    list: async (caller) => (await endpoints.list(caller)).filter(isOwn),
    async find(caller, idText) {
      const id = readWebhookId(idText)
      if (id === undefined) return missing
      const found = await endpoints.find(caller, id)
      if (!found.ok) return found
      return isOwn(found.value) ? accept(found.value) : missing
    },
  }
}
