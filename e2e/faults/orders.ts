import type { Answer, Json } from '../harness/api.ts'

/** One request of a shop's server: repeated under one key until there is an answer. */
export interface ShopRequest {
  what: 'create' | 'capture' | 'refund' | 'void'
  path: string
  body: Record<string, unknown>
  key: string
  /** Every answer that the shop saw, in order; none where the shop gave up first. */
  answers: SeenAnswer[]
}

export interface SeenAnswer {
  status: number
  json: Json
}

/** What a shop wanted of one payment, and all that it was told. */
export interface Order {
  /** The payment's external_id: each order has one of its own, and one key for its payment. */
  name: string
  amountMinor: number
  requests: ShopRequest[]
  /** Known once any answer told it. */
  transactionId: string | null
}

export const statusOf = ({ json }: SeenAnswer): string | undefined => json?.status

export function seenOf({ status, json }: Answer): SeenAnswer {
  return { status, json }
}

/** Payments with an unanswered request at the gateway, at any moment. */
export class InFlight {
  readonly #requests = new Map<Order, ShopRequest['what'][]>()

  begin(order: Order, what: ShopRequest['what']): void {
    const running = this.#requests.get(order)
    if (running) running.push(what)
    else this.#requests.set(order, [what])
  }

  end(order: Order, what: ShopRequest['what']): void {
    const running = this.#requests.get(order) ?? []
    running.splice(running.indexOf(what), 1)
    if (running.length === 0) this.#requests.delete(order)
  }

  get count(): number {
    return this.#requests.size
  }

  get orders(): Order[] {
    return [...this.#requests.keys()]
  }
}
