import { solveChallenge } from '@tessera/contracts/browser/proof-of-work'
import { challengedTestName } from '@tessera/contracts/token-challenge'
import { requestToken } from '@tessera/contracts/token-request'
import type { Answer } from '../harness/api.ts'
import { type WalkedPage, walk } from '../harness/page-walker.ts'
import { anOrder } from '../harness/server-payments.ts'
import { type Callers, fieldsOf } from './callers.ts'
import type { MarkedCard, Marks } from './marks.ts'
import { type PageShopper, type SeenPage, shopperWho } from './seen-pages.ts'
import { bringToPages } from './wrong-pages.ts'

/** Cards as shoppers' browsers bring them. The browser itself is not here: `../browser` shows what pages can see of a card. */
export async function sendFromBrowsers(marks: Marks, callers: Callers): Promise<SeenPage[]> {
  const pages: SeenPage[] = []
  const shopper = shopperWho(pages)
  await typeIntoMerchantsPages(marks, callers)
  await payOnCheckoutPages(marks, callers, shopper, pages)
  await payByLink(marks, callers, shopper)
  await mistypeIntoCheckout(marks, callers, shopper)
  await bringToPages(marks, callers, shopper, {
    page: (await hosted(callers)).json.payment_url,
    link: await makeLink(callers),
    completion: completionPath(await orderWithoutCard(callers)),
  })
  return pages
}

/** The card fields and the SDK share one module for what they send; the frame is a page of the card host itself. */
async function typeIntoMerchantsPages(marks: Marks, callers: Callers): Promise<void> {
  const origins = { 'card fields': callers.credentials.vaultUrl, createToken: 'http://localhost:8080' }
  for (const [place, origin] of Object.entries(origins)) {
    await payWith(callers, await makeToken(callers, origin, marks.card(`${place}: paid`)))
    await payWith(callers, await makeToken(callers, origin, marks.card(`${place}: challenged`), challengedTestName))
    await completeWith(callers, await makeToken(callers, origin, marks.card(`${place}: completed by the SDK`)))
  }
}

async function makeToken(callers: Callers, origin: string, card: MarkedCard, name = 'ADA LOVELACE'): Promise<string> {
  let challenges = 0
  const outcome = await requestToken(
    { ...fieldsOf(card), cardholder_name: name },
    {
      vaultUrl: callers.credentials.vaultUrl,
      publishableKey: callers.credentials.publishableKey,
      fetch: (url, init) => callers.fetch(url, { ...init, headers: { ...init?.headers, origin } }),
      solve(challenge) {
        challenges += 1
        return solveChallenge(challenge)
      },
    },
  )
  if (!('token' in outcome)) throw new Error(`no token for ${card.path}: ${outcome.refusal.message}`)
  if (challenges !== (name === challengedTestName ? 1 : 0)) throw new Error(`${challenges} challenges for ${card.path}`)
  return outcome.token
}

async function payWith(callers: Callers, token: string): Promise<void> {
  const paid = await callers.toGateway({ path: '/v1/payments', body: { amount: 17.64, currency: 'USD', token } })
  if (paid.json?.status !== 'completed') throw new Error(`not paid: ${paid.text}`)
}

/** An inflow payment that was made without a card. */
async function completeWith(callers: Callers, token: string): Promise<void> {
  const paid = await callers.toGateway({
    path: completionPath(await orderWithoutCard(callers)),
    headers: { 'x-inflow-public-key': callers.credentials.inflowPublicKey },
    body: { token },
  })
  if (paid.json?.status !== 'succeeded') throw new Error(`not completed: ${paid.text}`)
}

async function orderWithoutCard(callers: Callers): Promise<string> {
  const opened = await callers.payInOneCallAtGateway({ body: anOrder(1_764, { autoConfirm: false }) })
  if (opened.status !== 201) throw new Error(`no payment without a card: ${opened.text}`)
  return opened.json.id
}

const completionPath = (id: string): string => `/checkout/payments/${id}/card`

/** A payment that waits for its card on our own page. */
async function hosted(callers: Callers, body: Record<string, unknown> = {}): Promise<Answer> {
  const asked = { amount: 17.65, currency: 'USD', product_name: 'Tea', ...body }
  const opened = await callers.toGateway({ path: '/v1/payments', body: asked })
  if (opened.status !== 201) throw new Error(`no payment page: ${opened.text}`)
  return opened
}

const typed = ({ number, cvc }: MarkedCard) => ({ number, expiry: '12/34', cvc, cardholder_name: 'Ada Lovelace' })
const grouped = (digits: string): string => digits.replace(/(.{4})(?=.)/g, '$1 ')

async function payOnCheckoutPages(marks: Marks, callers: Callers, shopper: PageShopper, pages: SeenPage[]) {
  const openPage = async (body: Record<string, unknown> = {}): Promise<WalkedPage> =>
    shopper.open((await hosted(callers, body)).json.payment_url)
  const send = (page: WalkedPage, card: MarkedCard, more: Record<string, string> = {}): Promise<WalkedPage> =>
    shopper.fillIn(page, 'ticket', { ...typed(card), ...more })

  expectPaid(await send(await openPage(), marks.card('checkout form: paid')))
  const spaced = marks.card('checkout form: grouped by spaces')
  expectPaid(await send(await openPage(), spaced, { number: grouped(spaced.number) }))
  const framed = marks.card('checkout’s card fields: paid')
  const token = await makeToken(callers, callers.credentials.vaultUrl, framed)
  expectPaid(await shopper.fillIn(await openPage(), 'token', { token }))
  const saving = await openPage({ save_card: true, customer_id: 'cus-checkout' })
  expectPaid(await send(saving, marks.card('checkout form: saved'), { save_card: '1' }))

  const declined = await send(await openPage(), marks.card('checkout form: declined'), { cardholder_name: 'DECLINED' })
  expectPaid(await send(declined, marks.card('checkout form: another card after a decline')))

  const asked = await openPage({ three_d_secure: 'required', return_url: 'http://127.0.0.1:9/thanks' })
  const session = await send(asked, marks.card('checkout form: authenticated'))
  const note = ({ url, html }: WalkedPage): boolean => {
    pages.push({ place: `page ${pages.length}`, text: `${url}\n${html}` })
    return false
  }
  const { returnedTo, page, way } = await walk(session.url, { stopAt: note })
  if (!way[0]?.includes('/authenticate/')) throw new Error(`nobody was asked: ${way.join(', ')}`)
  if (returnedTo === null) expectPaid(page)

  // What may be stored is on the page, so a search of the pages that finds nothing of it would be none.
  await openPage({ product_name: `order ${marks.planted}` })
}

async function payByLink(marks: Marks, callers: Callers, shopper: PageShopper): Promise<void> {
  const card = await shopper.fillIn(await shopper.open(await makeLink(callers)), 'form_token', {
    ...{ email: 'ada@example.com', firstName: 'Ada', lastName: 'Lovelace', country: 'FR', postalCode: '' },
  })
  expectPaid(await shopper.fillIn(card, 'ticket', typed(marks.card('checkout form: payment link, with a receipt'))))
}

async function makeLink(callers: Callers): Promise<string> {
  const body = { name: 'Tea', products: [{ name: 'Tea', price: 1_900, quantity: 1 }], currency: 'EUR' }
  const made = await callers.payInOneCallAtGateway({ path: '/api/link', body })
  if (made.status !== 201) throw new Error(`no link: ${made.text}`)
  return made.json.url
}

/** What the card host sends back to the page, which asks again and has nothing of what was typed. */
async function mistypeIntoCheckout(marks: Marks, callers: Callers, shopper: PageShopper): Promise<void> {
  const page = await shopper.open((await hosted(callers)).json.payment_url)
  const form = async (name: string, over: (card: MarkedCard) => Record<string, string>, endsAt: string) => {
    const card = marks.card(`checkout form: ${name}`)
    const { url, html } = await shopper.fillIn(page, 'ticket', { ...typed(card), ...over(card) })
    if (!url.endsWith(endsAt)) throw new Error(`${card.path}: expected ${endsAt}, got ${url}\n${html}`)
  }
  await form('wrong in its check digit', ({ number }) => ({ number: `${number}0` }), '/again/number')
  await form('of last year', () => ({ expiry: '12/20' }), '/again/expiry')
  await form('as the date', ({ number }) => ({ expiry: number }), '/again/expiry')
  await form('as the security code', ({ number }) => ({ cvc: number }), '/again/cvc')
  await form('as the holder’s name', ({ number }) => ({ cardholder_name: number }), '/again/name')
  await form('text: as the ticket', ({ number }) => ({ ticket: number }), '/pay/unknown')
  await form('under a forged ticket', () => ({ ticket: 'forged' }), '/pay/unknown')
  await form('in a body that is too large', () => ({ filler: 'x'.repeat(20_000) }), '/pay/unknown')
}

function expectPaid({ url, status, html }: WalkedPage): void {
  if (!html.includes('Payment received')) throw new Error(`not paid: ${status} ${url}\n${html}`)
}
