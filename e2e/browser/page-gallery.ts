import { issuers } from './issuer-cards.ts'
import type { Order, Stage } from './stage.ts'

/** Asks for one page in one language, and answers with its markup. */
type Look = (language: string) => Promise<string>

/** Pages by name, and the markup of each by language. */
export type Gallery = Map<string, Map<string, string>>

const form = (fields: Record<string, string>): RequestInit => ({
  method: 'POST',
  redirect: 'manual',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
})
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** What the script of a telephone's browser tells: room for a frame. */
const toldByScript = {
  script: '1',
  javaEnabled: '0',
  colorDepth: '24',
  screenWidth: '390',
  screenHeight: '844',
  timeZoneOffset: '-60',
  language: 'en',
  roomWidth: '390',
  roomHeight: '624',
}

/** Every page of ours that a shopper can be shown in 3-D Secure. */
export async function ourGallery(stage: Stage, languages: readonly string[]): Promise<Gallery> {
  return lookAtAll(await ourPages(stage), languages)
}

/** Those of the simulated bank, which speaks English. */
export async function bankGallery(stage: Stage): Promise<Gallery> {
  return lookAtAll(await bankPages(stage), ['en'])
}

/** One page after the other, since some looks change what the next one sees; in all languages at once, since some take seconds. */
async function lookAtAll(looks: ReadonlyMap<string, Look>, languages: readonly string[]): Promise<Gallery> {
  const gallery: Gallery = new Map()
  for (const [name, look] of looks) {
    const texts = languages.map(async (language) => [language, await look(language)] as const)
    gallery.set(name, new Map(await Promise.all(texts)))
  }
  return gallery
}

function pageAt(url: string, init: RequestInit = {}): Look {
  return async (language) => {
    const answer = await fetch(url, { ...init, headers: { ...init.headers, 'accept-language': language } })
    if (!answer.headers.get('content-type')?.startsWith('text/html')) throw new Error(`${url} is no page`)
    return answer.text()
  }
}

/** For a page that does not stay as it is: each look has a payment of its own. */
function soonAfter(begin: () => Promise<Order>): Look {
  return async (language) => pageAt((await begin()).page)(language)
}

async function ourPages(stage: Stage): Promise<Map<string, Look>> {
  const begin = async (number: string, fields: Record<string, string> | null, body = {}): Promise<Order> => {
    const order = await stage.orderByV1(number, body)
    if (fields !== null) await fetch(order.page, form(fields))
    return order
  }
  const ended = async (number: string, body = {}): Promise<Order> => {
    const order = await begin(number, {}, body)
    const isOver = async () => (await stage.read(order.id)).status !== 'requires_action'
    await stage.until(isOver, 'the payment to end')
    return order
  }
  const nowhere = { return_url: undefined }
  const hidden = await begin(issuers.frictionlessAfterHiddenPage, null)
  const framed = await begin(issuers.asksForCode, toldByScript)
  const creq = await challengeRequest(framed)
  const canceled = await begin(issuers.asksForCode, {})
  await stage.api.post(`/v1/payments/${canceled.id}/void`)
  const canceledNowhere = await begin(issuers.asksForCode, {}, nowhere)
  await stage.api.post(`/v1/payments/${canceledNowhere.id}/void`)
  const methodData = encode({ threeDSServerTransID: creq.threeDSServerTransID })

  return new Map([
    ['hidden-page', pageAt(hidden.page)],
    ['collecting', pageAt((await begin(issuers.frictionless, null)).page)],
    ['challenge-in-frame', pageAt(framed.page)],
    ['challenge-in-window', pageAt((await begin(issuers.asksForCode, {})).page)],
    ['answered-elsewhere', soonAfter(() => begin(issuers.answeredElsewhere, {}))],
    ['awaiting-answer', soonAfter(() => awaitingAnswer(stage))],
    ['awaiting-charge', soonAfter(() => awaitingCharge(stage))],
    ['succeeded', pageAt((await ended(issuers.frictionless)).page)],
    ['succeeded-nowhere', pageAt((await ended(issuers.frictionless, nowhere)).page)],
    ['failed', pageAt((await ended(issuers.notAuthenticated)).page)],
    ['failed-nowhere', pageAt((await ended(issuers.notAuthenticated, nowhere)).page)],
    ['canceled', pageAt(canceled.page)],
    ['canceled-nowhere', pageAt(canceledNowhere.page)],
    ['hidden-page-done', pageAt(`${framed.page}/method`, form({ threeDSMethodData: methodData }))],
    ['handed-back', pageAt(`${framed.page}/returned`, form({ cres: 'x' }))],
    ['unknown', pageAt(`${stage.gatewayUrl}/authenticate/01jd0000000000000000000000`)],
    ['refused', pageAt(`${framed.page}/returned`, form({}))],
    ['too-large', pageAt(framed.page, form({ note: 'x'.repeat(100_000) }))],
  ])
}

/** The challenge that the session's page has ready. */
async function challengeRequest({ page }: Order): Promise<Record<string, string>> {
  const [, creq = ''] = /name="creq" value="([^"]+)"/.exec(await (await fetch(page)).text()) ?? []
  return JSON.parse(Buffer.from(creq, 'base64url').toString())
}

/** The browser is back from the bank, whose result is not. */
async function awaitingAnswer(stage: Stage): Promise<Order> {
  const order = await stage.orderByV1(issuers.asksForCode)
  await fetch(order.page, form({}))
  const { challengeWindowSize: _, ...ids } = await challengeRequest(order)
  await fetch(`${order.page}/returned`, form({ cres: encode({ ...ids, messageType: 'CRes', transStatus: 'Y' }) }))
  return order
}

/** The shopper is authenticated, and the acquirer takes its time. */
async function awaitingCharge(stage: Stage): Promise<Order> {
  const fault = { kind: 'delay_after', ms: 20_000 }
  const match = { operation: 'authorize', last4: issuers.attempted.slice(-4) }
  await stage.acquirer.faults([{ match, fault, times: 1 }])
  const order = await stage.orderByV1(issuers.attempted)
  await fetch(order.page, form({}))
  return order
}

async function bankPages(stage: Stage): Promise<Map<string, Look>> {
  const { origin } = stage.bank
  const order = await stage.orderByV1(issuers.asksForCode)
  await fetch(order.page, form({}))
  const ids = await challengeRequest(order)
  const method = {
    threeDSServerTransID: ids.threeDSServerTransID,
    threeDSMethodNotificationURL: `${order.page}/method`,
  }
  const answering = `${origin}/acs/challenge/${ids.acsTransID}`
  return new Map([
    ['bank-hidden', pageAt(`${origin}/acs/method`, form({ threeDSMethodData: encode(method) }))],
    ['bank-silent', pageAt(`${origin}/acs/method/silent`, form({}))],
    ['bank-code', pageAt(`${origin}/acs/challenge`, form({ creq: encode(ids) }))],
    ['bank-wrong-code', pageAt(answering, form({ code: '000000', action: 'confirm' }))],
    ['bank-done', pageAt(answering, form({ action: 'cancel' }))],
    ['bank-unknown', pageAt(`${origin}/acs/challenge`, form({ creq: 'x' }))],
    ['bank-nothing-here', pageAt(`${origin}/acs/elsewhere`)],
    ['bank-opened-by-hand', pageAt(`${origin}/acs/challenge`)],
  ])
}
