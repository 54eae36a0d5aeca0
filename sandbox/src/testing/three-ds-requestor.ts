import { createServer, type ServerResponse } from 'node:http'
import { threeDSecureTestNumber } from '@tessera/contracts/test-cards'
import { checkMessage, type Messages } from '@tessera/contracts/three-ds/check-message'
import { encodeJson, readEncoded } from '@tessera/contracts/three-ds/encoding'
import type { ARes } from '@tessera/contracts/three-ds/messages/ares'
import type { RReq } from '@tessera/contracts/three-ds/messages/results'
import { readBody, startServer, stopServer } from '@tessera/lib/http-server'
import { type HttpAnswer, type RunningSandbox, send } from './running-sandbox.ts'

/** How the requestor answers an RReq; `undefined` is an RRes as it should be. */
export type ResultAnswer = (rreq: RReq, response: ServerResponse) => boolean

export interface Requestor {
  url: string
  /** Every RReq that came, each of them checked. */
  results: RReq[]
  /** Consulted first; true when it answered. */
  answerWith(answer: ResultAnswer | null): void
  /** Resolves once this many RReqs have come. */
  received(count: number): Promise<RReq[]>
  areq(number: string, more?: Record<string, unknown>): Record<string, unknown>
  /** Posts an AReq; the ARes is checked. Throws when the answer is none. */
  authenticate(cardOrLastFour: string, more?: Record<string, unknown>): Promise<ARes>
  stop(): Promise<void>
}

/** A 3DS server that stands on the other side: sends AReqs, takes RReqs. It refuses to work with a message that is not good. */
export async function startRequestor(sandbox: RunningSandbox): Promise<Requestor> {
  const results: RReq[] = []
  const waiting: { count: number; resolve: (results: RReq[]) => void }[] = []
  let answer: ResultAnswer | null = null
  const server = createServer(async (request, response) => {
    const rreq = good('RReq', JSON.parse((await readBody(request, 65_536)).toString('utf8')))
    results.push(rreq)
    if (answer?.(rreq, response) !== true) sendJson(response, rresTo(rreq))
    for (const each of waiting) if (results.length >= each.count) each.resolve(results)
  })
  const url = `http://127.0.0.1:${await startServer(server, { host: '127.0.0.1', port: 0 })}`
  let serial = 0

  const areq: Requestor['areq'] = (number, more = {}) => ({
    messageType: 'AReq',
    messageVersion: '2.2.0',
    deviceChannel: '02',
    messageCategory: '01',
    acctNumber: number,
    cardExpiryDate: '3412',
    threeDSServerTransID: `5e1d3c4a-94a3-4a5f-8c3b-${String(++serial).padStart(12, '0')}`,
    threeDSServerRefNumber: 'TESSERA_3DSS',
    threeDSServerURL: `${url}/results`,
    threeDSRequestorID: 'mer_1',
    threeDSRequestorName: 'Corner Shop',
    threeDSRequestorURL: 'https://shop.example',
    threeDSRequestorAuthenticationInd: '01',
    threeDSCompInd: 'U',
    notificationURL: `${url}/challenge-done`,
    browserAcceptHeader: 'text/html',
    browserUserAgent: 'Mozilla/5.0',
    browserLanguage: 'en',
    browserJavascriptEnabled: true,
    browserJavaEnabled: false,
    browserColorDepth: '24',
    browserScreenHeight: '1080',
    browserScreenWidth: '1920',
    browserTZ: '0',
    acquirerBIN: '400551',
    acquirerMerchantID: 'mer_1',
    mcc: '5734',
    merchantCountryCode: '276',
    merchantName: 'Corner <Shop>',
    purchaseAmount: '1762',
    purchaseCurrency: '840',
    purchaseExponent: '2',
    purchaseDate: '20300115120000',
    ...more,
  })

  return {
    url,
    results,
    answerWith(next) {
      answer = next
    },
    received: (count) =>
      results.length >= count ? Promise.resolve(results) : new Promise((resolve) => waiting.push({ count, resolve })),
    areq,
    async authenticate(card, more = {}) {
      const number = card.length === 4 ? threeDSecureTestNumber(card) : card
      const { json } = await sandbox.call('POST', '/ds/authentications', areq(number, more))
      return good('ARes', json, { deviceChannel: (more.deviceChannel ?? '02') as '02', messageCategory: '01' })
    },
    stop: () => stopServer(server, 0),
  }
}

/** The message, if the validator has nothing against it. */
export function good<Type extends keyof Messages>(
  type: Type,
  value: unknown,
  more: { deviceChannel?: '01' | '02' | '03'; messageCategory?: '01' | '02' } = {},
): Messages[Type] {
  const verdict = checkMessage(value, { types: [type], ...more })
  if (verdict.ok) return verdict.message
  throw new Error(`not a good ${type}: ${JSON.stringify(verdict.fault)} in ${JSON.stringify(value)}`)
}

export function rresTo(rreq: RReq, more: Record<string, unknown> = {}): Record<string, unknown> {
  const { messageVersion, threeDSServerTransID, acsTransID, dsTransID } = rreq
  return {
    messageType: 'RRes',
    messageVersion,
    threeDSServerTransID,
    acsTransID,
    dsTransID,
    resultsStatus: '01',
    ...more,
  }
}

export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

export function creqFor(ares: ARes, more: Record<string, unknown> = {}): string {
  const { messageVersion, threeDSServerTransID, acsTransID } = ares
  return encodeJson({
    messageType: 'CReq',
    messageVersion,
    threeDSServerTransID,
    acsTransID,
    challengeWindowSize: '02',
    ...more,
  })
}

/** What a browser without script does: sends the form of a page, with these fields filled in or added. */
export function sendForm(url: string, fields: Record<string, string>): Promise<HttpAnswer> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return send(undefined, url, 'POST', new URLSearchParams(fields).toString(), headers)
}

export interface ShownForm {
  action: string
  fields: Record<string, string>
  code: string | null
}

/** The only form of a page. */
export function formOf(page: HttpAnswer): ShownForm {
  const action = /<form method="post" action="([^"]+)"/.exec(page.body)?.[1]
  if (action === undefined) throw new Error(`there is no form in: ${page.body}`)
  const hidden = [...page.body.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)]
  const fields = Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value]))
  return { action, fields, code: /<output id="one-time-code">(\d{6})<\/output>/.exec(page.body)?.[1] ?? null }
}

/** Brings the CReq to the issuer. */
export function beginChallenge(ares: ARes, more: Record<string, string> = {}): Promise<HttpAnswer> {
  return sendForm(ares.acsURL ?? '', { creq: creqFor(ares), ...more })
}

/** Types a code on the page, or presses its other button. */
export function answerChallenge(page: HttpAnswer, code: string, action = 'confirm'): Promise<HttpAnswer> {
  const { action: target, fields } = formOf(page)
  return sendForm(target, { ...fields, code, action })
}

/** The CRes that a page hands back, checked. */
export function cresOf(page: HttpAnswer): Messages['CRes'] {
  const verdict = readEncoded(formOf(page).fields.cres ?? '', { types: ['CRes'] })
  if (verdict.ok) return verdict.message
  throw new Error(`not a good CRes: ${JSON.stringify(verdict.fault)}`)
}
