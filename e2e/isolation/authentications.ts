import type { Acquirer } from '../harness/acquirer.ts'
import type { Answer, Json } from '../harness/api.ts'
import { type WalkOptions, walk } from '../harness/page-walker.ts'
import type { Callers } from './callers.ts'
import type { MarkedCard, Marks } from './marks.ts'
import type { SeenPage } from './seen-pages.ts'
import { textPrefix } from './wrong-bodies.ts'

const returning = { three_d_secure: 'required', return_url: 'http://127.0.0.1:9/thanks' }
const asked = { ...returning, save_card: true }

/** Cards whose issuers are asked about their shoppers: their numbers travel in authentication requests (AReq), which only the vault fills in. */
export async function sendThroughAuthentication(
  marks: Marks,
  callers: Callers,
  acquirer: Acquirer,
): Promise<SeenPage[]> {
  const pages: SeenPage[] = []
  const visit = (answer: Answer, options: WalkOptions = {}) => visitPage(pages, answer, options)
  const ways: [string, Json, WalkOptions][] = [
    ['frictionless', returning, {}],
    ['challenge passed', { ...asked, customer_id: 'cus-asked' }, {}],
    ['challenge failed', { ...asked, customer_id: 'cus-failing' }, { code: 'wrong' }],
    ['challenge left open', { ...asked, customer_id: 'cus-gone' }, { code: 'never' }],
  ]
  const cards: MarkedCard[] = []
  for (const [way, body, options] of ways) {
    const card = marks.card(`authenticated: ${way}`)
    cards.push(card)
    await visit(await callers.pay(card, body, { cardholder_name: 'ADA LOVELACE' }), options)
  }
  const voided = marks.card('authenticated: voided during the challenge')
  cards.push(voided)
  const begun = await callers.pay(voided, { ...asked, customer_id: 'cus-voided' })
  await visit(begun, { code: 'never' })
  await callers.toGateway({ path: `/v1/payments/${begun.json.transaction_id}/void`, body: {} })
  await visit(begun)
  await expectAsked(acquirer, cards)

  const order = { external_id: marks.planted, return_url: `http://127.0.0.1:9/thanks?order=${marks.planted}` }
  const planted = marks.card('card of the planted authentication')
  await visit(await callers.pay(planted, { ...returning, ...order }, { cardholder_name: `PLANTED ${marks.planted}` }))
  await bringNumbers(marks, callers, begun)
  return pages
}

async function visitPage(pages: SeenPage[], { json, status, text }: Answer, options: WalkOptions): Promise<void> {
  if (json?.status !== 'requires_action') throw new Error(`expected an authentication, got ${status}: ${text}`)
  const note = ({ url, html }: { url: string; html: string }): boolean => {
    pages.push({ place: `page ${pages.length}`, text: `${url}\n${html}` })
    return false
  }
  const { returnedTo } = await walk(json.redirect_url, { ...options, stopAt: note })
  pages.push({ place: `page ${pages.length}`, text: String(returnedTo) })
}

/** Each of them has taken its path: its issuer was asked about it, by its number. */
async function expectAsked(acquirer: Acquirer, cards: readonly MarkedCard[]): Promise<void> {
  const known = (await (await fetch(`${acquirer.url}/sandbox/authentications`)).json()) as Json[]
  for (const { path, number } of cards) {
    const isAbout = ({ card }: Json) => number.startsWith(card.bin) && number.endsWith(card.last4)
    if (!known.some(isAbout)) throw new Error(`nobody asked the issuer of: ${path}`)
  }
}

/** Numbers where none belongs: in a form of the shopper's page, and in a message of the directory server's. */
async function bringNumbers(marks: Marks, callers: Callers, begun: Answer): Promise<void> {
  const page = new URL(begun.json.redirect_url).pathname
  const inForm = marks.card(`${textPrefix} in a form of the shopper’s page`)
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  expectRefused(await callers.toGateway({ path: page, headers: form, body: `note=${inForm.number}` }))
  const inResult = marks.card(`${textPrefix} in a result of the issuer’s`)
  const rreq = { messageType: 'RReq', messageVersion: '2.2.0', acctNumber: inResult.number }
  expectRefused(await callers.toGateway({ path: '/3ds/results', body: rreq }))
}

function expectRefused({ status, text }: Answer): void {
  if (status < 400) throw new Error(`a card number was taken: ${text}`)
}
