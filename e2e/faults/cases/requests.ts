import { randomUUID } from 'node:crypto'
import type { Answer, Json } from '../../harness/api.ts'
import { freshNumber } from '../../harness/cards.ts'
import { databasesOf } from '../../harness/databases.ts'
import { formsOf, load, submit, type WalkedPage, walk } from '../../harness/page-walker.ts'
import { until } from '../../harness/until.ts'
import { demand, type FaultCase, type Scene } from './case.ts'

export const requestCases: FaultCase[] = [
  {
    number: 15,
    name: 'one-key-a-hundred-times',
    what: 'a hundred identical requests at once, with one key',
    async strike({ api, acquirer }) {
      const amountMinor = 100_000 + Math.floor(Math.random() * 100_000)
      const token = await until(() => api.token({ number: freshNumber() }).catch(() => null), {
        withinMs: 30_000,
        what: 'a token',
      })
      const body = { amount: amountMinor / 100, currency: 'USD', token, external_id: `hundred-${amountMinor}` }
      const idempotencyKey = `hundred-${amountMinor}`
      const insist = async (): Promise<Answer> =>
        until(
          async () => {
            const answer = await api.post('/v1/payments', body, { idempotencyKey }).catch(() => null)
            return answer !== null && answer.status < 500 && answer.status !== 409 && answer.status !== 429
              ? answer
              : null
          },
          { withinMs: 60_000, everyMs: 200, what: 'an answer to one of a hundred' },
        )
      const answers = await Promise.all(Array.from({ length: 100 }, insist))
      const ids = new Set(answers.map(({ json }) => json.transaction_id))
      demand(ids.size === 1, `one key made ${ids.size} payments`)
      const charged = (await acquirer.ledger()).filter((entry) => entry.amount_minor === amountMinor)
      demand(charged.length <= 1, `one key was charged ${charged.length} times`)
      return { answers: answers.length, payments: ids.size }
    },
  },
  {
    number: 16,
    name: 'capture-refund-void',
    what: 'captures, refunds and voids of one payment at once',
    async strike({ api }) {
      const races = await Promise.all(
        Array.from({ length: 12 }, async () => {
          const number = freshNumber()
          const made = await api.pay({ amount: 30, capture_method: 'manual' }, { number }).catch(() => null)
          const id = made?.json?.transaction_id
          if (id === undefined) return 0
          const change = (what: string, body: Json = {}) =>
            api.post(`/v1/payments/${id}/${what}`, body).catch(() => null)
          const partly = { amount: 10, final: false }
          const answers = await Promise.all([
            change('capture', partly),
            change('void'),
            change('refund', { amount: 5 }),
            change('capture', partly),
            change('capture', { amount: 30 }),
            change('refund', { amount: 10 }),
            change('void'),
          ])
          return answers.filter((answer) => answer !== null && answer.status < 300).length
        }),
      )
      return { payments: races.length, 'changes that went through': races.reduce((sum, each) => sum + each, 0) }
    },
  },
  {
    number: 17,
    name: 'three-d-secure',
    what: '3-D Secure: returns made up, repeated, after a restart of the gateway and after the deadline',
    async strike(scene) {
      const { wired, product, acquirer, restoreWeather } = scene
      // This is about whom to believe; an acquirer that is reached makes it plain.
      await acquirer.clearFaults()
      const [honest, forged, restarted, late] = await Promise.all([
        begin(scene),
        begin(scene),
        begin(scene),
        begin(scene),
      ])

      await walk(honest.redirectUrl)
      await walk(honest.redirectUrl)

      const about = await authenticationOf(scene, forged)
      for (const value of [madeUpReturn(about), 'not-a-message']) await bring(forged, value)
      await sendResult(scene, about)

      const page = await atTheIssuer(restarted)
      wired.gateway.kill()
      await wired.gateway.ready()
      await finish(page)
      await walk(restarted.redirectUrl)

      const waiting = await atTheIssuer(late)
      await product.advanceClock(62 * 60_000)
      await until(async () => (await statusOf(scene, late)) === 'failed', {
        withinMs: 60_000,
        everyMs: 200,
        what: 'a payment whose shopper never came back to fail',
      })
      await finish(waiting)

      await demandCharges(scene, honest, 1)
      await demandCharges(scene, restarted, 1)
      await demandCharges(scene, forged, 0)
      await demandCharges(scene, late, 0)
      await restoreWeather()
      return { authentications: 4 }
    },
  },
]

interface Begun {
  transactionId: string
  redirectUrl: string
  amountMinor: number
}

const challengeCard = '4000000000003220'
const shop = 'http://127.0.0.1:9/thanks'

async function begin({ api }: Scene): Promise<Begun> {
  const amountMinor = 200_000 + Math.floor(Math.random() * 1_000_000)
  const body = { amount: amountMinor / 100, return_url: shop, three_d_secure: 'required' }
  return until(
    async () => {
      const answer = await api.pay(body, { number: challengeCard }).catch(() => null)
      const { transaction_id: transactionId, redirect_url: redirectUrl } = answer?.json ?? {}
      return redirectUrl ? { transactionId, redirectUrl, amountMinor } : null
    },
    { withinMs: 30_000, everyMs: 200, what: 'a payment that waits for its shopper' },
  )
}

/** Up to the page that asks for the code. */
async function atTheIssuer({ redirectUrl }: Begun): Promise<WalkedPage> {
  const { page } = await walk(redirectUrl, { stopAt: (each) => each.html.includes('name="code"') })
  return page
}

/** Types the code, and carries the issuer's answer back. */
async function finish(page: WalkedPage): Promise<void> {
  const [form] = formsOf(page)
  const code = /id="one-time-code">(\d+)</.exec(page.html)?.[1] ?? ''
  const fields = { ...form?.fields, code, action: 'confirm' }
  const after = await submit({ action: form?.action ?? '', fields }, page.url)
  const [back] = formsOf(after)
  if (back !== undefined) await submit(back, after.url)
}

const statusOf = async ({ api }: Scene, { transactionId }: Begun): Promise<string | undefined> =>
  (await api.get(`/v1/payments/${transactionId}`).catch(() => null))?.json?.status

function authenticationOf(scene: Scene, { transactionId, redirectUrl }: Begun): Promise<Json> {
  return atTheIssuer({ transactionId, redirectUrl, amountMinor: 0 }).then(() =>
    databasesOf(scene.product).with('gateway', 'tessera_gateway', async (client) => {
      const { rows } = await client.query('select * from authentications where payment_id = $1', [
        transactionId.replace('tx_', ''),
      ])
      return rows[0]
    }),
  )
}

const named = (about: Json) => ({
  threeDSServerTransID: about.authentication_id,
  acsTransID: about.challenge?.acsTransId ?? randomUUID(),
})

const madeUpReturn = (about: Json): string =>
  Buffer.from(
    JSON.stringify({ messageType: 'CRes', messageVersion: '2.2.0', ...named(about), transStatus: 'Y' }),
  ).toString('base64url')

const bring = ({ redirectUrl }: Begun, cres: string): Promise<WalkedPage> =>
  load(`${redirectUrl}/returned`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ cres }).toString(),
  })

/** A result that no directory server has sent. */
async function sendResult({ product }: Scene, about: Json): Promise<void> {
  await fetch(`${product.credentials.gatewayUrl}/3ds/results`, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({
      messageType: 'RReq',
      messageVersion: '2.2.0',
      messageCategory: '01',
      ...named(about),
      dsTransID: randomUUID(),
      transStatus: 'Y',
      authenticationType: '02',
      interactionCounter: '01',
      eci: '05',
      authenticationValue: 'AAABBZEEBgAAAAAAAAQGAAAAAAA=',
    }),
  })
}

async function demandCharges({ acquirer }: Scene, { amountMinor }: Begun, count: number): Promise<void> {
  const charged = async () =>
    (await acquirer.ledger()).filter(
      (entry) => entry.type === 'authorization' && entry.amount_minor === amountMinor && entry.status === 'approved',
    ).length
  if (count > 0) {
    await until(async () => (await charged()) === count, { withinMs: 60_000, everyMs: 250, what: 'a charge' })
    return
  }
  const found = await charged()
  demand(found === count, `charged ${found} times instead of ${count}`)
}
