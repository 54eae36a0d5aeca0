import { acquirerOf } from '../harness/acquirer.ts'
import { databasesOf } from '../harness/databases.ts'
import type { Product } from '../harness/product.ts'

const anyId = /[a-z]{2,4}_([0-9a-hjkmnp-tv-z]{26})/g

/**
 * Which payments were told of by answers that were no refusals. What is in the books and was told to nobody was made
 * by a request that was refused.
 */
export class Made {
  readonly #told = new Set<string>()
  readonly #before: ReadonlySet<string>
  readonly #product: Product

  private constructor(product: Product, before: ReadonlySet<string>) {
    this.#product = product
    this.#before = before
  }

  static async open(product: Product): Promise<Made> {
    return new Made(product, new Set(await recorded(product)))
  }

  /** A declined payment is told of by an error that names it. */
  note(text: string): void {
    for (const [, id = ''] of text.matchAll(anyId)) this.#told.add(id)
  }

  /** Empty where nothing was made or charged in silence. */
  async inSilence(): Promise<string[]> {
    const all = await recorded(this.#product)
    const silent = all.filter((id) => !this.#before.has(id) && !this.#told.has(id))
    return [...silent.map((id) => `${id} was made and told to nobody`), ...(await this.#chargedInSilence())]
  }

  /** Authorizations of the acquirer's that belong to no operation of ours. */
  async #chargedInSilence(): Promise<string[]> {
    const acquirer = await acquirerOf(this.#product)
    const references = await databasesOf(this.#product).with('gateway', 'tessera_gateway', async (client) => {
      const { rows } = await client.query<{ id: string }>(
        "select operation_id as id from operations where kind = 'authorize'",
      )
      return new Set(rows.map((row) => row.id))
    })
    const unknown = (await acquirer.ledger()).filter((entry) => !references.has(entry.reference))
    return unknown.map((entry) => `${entry.reference}: authorized at the acquirer, unknown here`)
  }
}

async function recorded(product: Product): Promise<string[]> {
  return databasesOf(product).with('gateway', 'tessera_gateway', async (client) => {
    const { rows } = await client.query<{ id: string }>('select payment_id as id from payments')
    return rows.map((row) => row.id)
  })
}
