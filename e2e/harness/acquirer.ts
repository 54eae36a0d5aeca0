import type { Json } from './api.ts'
import type { Product } from './product.ts'

export interface Fault {
  match?: { operation?: string; reference?: string; last4?: string; amount_minor?: number }
  fault: { kind: string; ms?: number }
  times?: number | null
  probability?: number
}

/** The sandbox acquirer from its own side: what truly happened, and what goes wrong on purpose. */
export async function acquirerOf(product: Product) {
  const { processes } = await product.status()
  const url = processes.sandbox?.urls?.acquirer
  if (!url) throw new Error('the sandbox tells no address')
  const send = async (method: string, path: string, body?: unknown): Promise<string> => {
    const response = await fetch(url + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`the sandbox answered ${response.status}: ${text}`)
    return text
  }
  return {
    url,
    /** Every authorization with all that was done to it. */
    async ledger(): Promise<Json[]> {
      const text = await send('GET', '/sandbox/ledger')
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line))
    },
    async authorization(reference: string): Promise<Json> {
      return (await this.ledger()).find((entry) => entry.reference === reference)
    },
    async disputes(): Promise<Json[]> {
      return JSON.parse(await send('GET', '/sandbox/disputes'))
    },
    endDispute: (id: string, outcome: 'won' | 'lost') => send('POST', `/sandbox/disputes/${id}`, { outcome }),
    faults: (rules: Fault[]) => send('POST', '/sandbox/faults', rules),
    clearFaults: () => send('DELETE', '/sandbox/faults'),
  }
}

export type Acquirer = Awaited<ReturnType<typeof acquirerOf>>
