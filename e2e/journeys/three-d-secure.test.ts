import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Acquirer, acquirerOf } from '../harness/acquirer.ts'
import { type Api, apiOf, type Json } from '../harness/api.ts'
import {
  authenticates,
  isApproved,
  mastercardIssuers,
  type ScriptedCard,
  scriptedCards,
  waitsForever,
} from '../harness/issuers.ts'
import { walk } from '../harness/page-walker.ts'
import { type Product, startProduct } from '../harness/product.ts'
import { until } from '../harness/until.ts'

/** Walks every scripted issuer of the simulator to its end, and asks the acquirer what it has charged. */

let product: Product
let api: Api
let acquirer: Acquirer

beforeAll(async () => {
  product = await startProduct()
  api = apiOf(product)
  acquirer = await acquirerOf(product)
})
afterAll(() => product?.dispose())

const shop = 'http://127.0.0.1:9/thanks?order=7'
/** Each payment has an amount of its own, by which the acquirer's ledger is asked about it. */
let amountMinor = 1_000

interface Begun {
  card: ScriptedCard
  amountMinor: number
  payment: Json
}

async function begin(card: ScriptedCard, body: Record<string, unknown> = {}): Promise<Begun> {
  amountMinor += 1
  const mine = amountMinor
  const { json: payment } = await api.pay(
    { amount: mine / 100, return_url: shop, ...body },
    { number: card.number, cvc: /^3[47]/.test(card.number) ? '1234' : '123' },
  )
  return { card, amountMinor: mine, payment }
}

/** Does as it is told; but where the issuer's script is about a shopper who leaves, they leave. */
function visit({ card, payment }: Begun) {
  const { decision } = card.issuer ?? {}
  const leaves = decision?.kind === 'challenge' && decision.by === 'abandoned'
  return walk(payment.redirect_url, { runsMethod: true, code: leaves ? 'never' : 'right' })
}

const read = async ({ payment }: Begun): Promise<Json> => (await api.get(`/v1/payments/${payment.transaction_id}`)).json
const isOver = ({ status }: Json) => ['completed', 'failed', 'canceled'].includes(status)
const end = (begun: Begun, withinMs = 60_000): Promise<Json> =>
  until(async () => [await read(begun)].find(isOver), { withinMs, everyMs: 200, what: `${begun.card.name} to end` })

/** What the acquirer holds of each: an approval that stands, or nothing. */
async function chargedMinor(begun: readonly Begun[]): Promise<Map<Begun, number>> {
  const ledger = await acquirer.ledger()
  return new Map(
    begun.map((each) => {
      const approved = ledger.filter((entry) => entry.amount_minor === each.amountMinor && entry.status === 'approved')
      return [each, approved.reduce((sum, { captured_minor }) => sum + captured_minor, 0)]
    }),
  )
}

async function atMost<T, R>(limit: number, items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const waiting = items.entries()
  const lane = async () => {
    for (const [index, item] of waiting) results[index] = await run(item)
  }
  await Promise.all(Array.from({ length: limit }, lane))
  return results
}

const finite = scriptedCards.filter((card) => !waitsForever(card))
const endless = scriptedCards.filter(waitsForever)

describe('every scripted issuer', () => {
  // These two wait for slow issuers most of the time, so they wait together.
  it.concurrent('comes to its end, where authentication is required, and is charged exactly when the shopper was authenticated', async () => {
    const walked = await atMost(16, finite, async (card) => {
      const begun = await begin(card, { three_d_secure: 'required' })
      expect([card.name, begun.payment.status]).toEqual([card.name, 'requires_action'])
      await visit(begun)
      const ended = await end(begun)
      const { returnedTo } = await walk(begun.payment.redirect_url)
      return { begun, returnedTo, ended }
    })
    const charged = await chargedMinor(walked.map(({ begun }) => begun))
    expect(
      walked.map(({ begun, returnedTo, ended }) => ({
        card: begun.card.name,
        status: ended.status,
        charged: charged.get(begun),
        returned: returnedTo?.searchParams.get('status'),
      })),
    ).toEqual(
      walked.map(({ begun }) => {
        const isPaid = authenticates(begun.card) && isApproved(begun.card)
        return {
          card: begun.card.name,
          status: isPaid ? 'completed' : 'failed',
          charged: isPaid ? begun.amountMinor : 0,
          returned: isPaid ? 'succeeded' : 'failed',
        }
      }),
    )
    const shifts = walked.filter(({ ended }) => ended.status === 'completed').map(({ ended }) => ended.three_d_secure)
    expect(
      shifts.filter(({ liability_shift, eci }) => !liability_shift || !['01', '02', '05', '06'].includes(eci)),
    ).toEqual([])
  }, 300_000)

  it.concurrent('comes to its end where the acquirer asks for authentication, and each payment is authorized at most once', async () => {
    const walked = await atMost(
      8,
      mastercardIssuers.filter((card) => !waitsForever(card)),
      async (card) => {
        const begun = await begin(card)
        if (begun.payment.status === 'requires_action') await visit(begun)
        return { begun, ended: await end(begun) }
      },
    )
    const charged = await chargedMinor(walked.map(({ begun }) => begun))
    for (const { begun, ended } of walked) {
      const isAsked = begun.payment.status === 'requires_action'
      const isPaid = isAsked ? authenticates(begun.card) : true
      expect([begun.card.name, ended.status, charged.get(begun)]).toEqual([
        begun.card.name,
        isPaid ? 'completed' : 'failed',
        isPaid ? begun.amountMinor : 0,
      ])
      const kind = begun.card.issuer?.decision.kind
      expect([begun.card.name, isAsked]).toEqual([begun.card.name, kind === 'challenge' || kind === 'decoupled'])
    }
  }, 200_000)

  it('that says nothing more is given up in time, and so is a shopper who never comes, or leaves', async () => {
    const plain = scriptedCards.find(({ number }) => number === '4000000000003220') as ScriptedCard
    const waiting = await atMost(8, endless, async (card) => {
      const begun = await begin(card, { three_d_secure: 'required' })
      await walk(begun.payment.redirect_url, {
        stopAt: ({ html, url }) =>
          /\/returned$/.test(url) || (/http-equiv="refresh"/.test(html) && !/order=7/.test(html)),
      })
      return begun
    })
    const neverCame = await begin(plain)
    const left = await begin(plain)
    await walk(left.payment.redirect_url, { code: 'never' })
    for (const begun of [...waiting, neverCame, left]) expect((await read(begun)).status).toBe('requires_action')

    await product.advanceClock(2 * 60_000)
    const unreported = waiting.filter(({ card }) => card.issuer?.decision.kind === 'challenge')
    expect(unreported.length).toBeGreaterThan(5)
    for (const begun of unreported) expect(await end(begun)).toMatchObject({ status: 'failed' })
    await product.advanceClock(14 * 60_000)
    for (const begun of [neverCame, left]) {
      expect(await end(begun)).toMatchObject({ status: 'failed' })
    }
    expect((await read(neverCame)).error_code).toBe('authentication_abandoned')
    await product.advanceClock(45 * 60_000)
    for (const begun of waiting) expect(await end(begun)).toMatchObject({ status: 'failed' })
    const charged = await chargedMinor([...waiting, neverCame, left])
    expect([...charged.values()].filter((minor) => minor !== 0)).toEqual([])
  }, 200_000)
})
