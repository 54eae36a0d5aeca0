import type { IncomingMessage, ServerResponse } from 'node:http'
import { formFields, readEncoded, readMethodData, sessionDataMaxLength } from '@tessera/contracts/three-ds/encoding'
import { readBody } from '@tessera/lib/http-server'
import type { ChallengeView, Issuer } from './issuer.ts'
import { type Page, sendPage } from './page.ts'
import { codePage, handBackPage, methodPage, problemPage, silentMethodPage } from './pages.ts'

export interface IssuerCallParts {
  issuer: Issuer
  publicUrl(): string
}

const formLimitBytes = 65_536
const answerPath = /^\/acs\/challenge\/([0-9a-f-]{36})$/

/** Serves `/acs/…`, which browsers come to. Every answer is a page, and reloading any of them does no harm. */
export async function serveIssuer(
  parts: IssuerCallParts,
  request: IncomingMessage,
  path: string,
  response: ServerResponse,
): Promise<void> {
  const acsTransId = answerPath.exec(path)?.[1]
  const isKnown = ['/acs/challenge', '/acs/method', '/acs/method/silent'].includes(path) || acsTransId !== undefined
  if (!isKnown) return sendPage(response, problemPage(404, 'There is no such page.'))
  if (request.method !== 'POST') {
    response.setHeader('allow', 'POST')
    return sendPage(response, problemPage(405, 'This page opens out of a payment only.'))
  }
  const form = new URLSearchParams((await readBody(request, formLimitBytes)).toString('utf8'))
  if (path === '/acs/method') return showMethod(form, response)
  if (path === '/acs/method/silent') return sendPage(response, silentMethodPage)
  const view =
    acsTransId === undefined
      ? await beginChallenge(parts.issuer, form)
      : await parts.issuer.answer(acsTransId, form.get('action') === 'cancel' ? null : (form.get('code') ?? ''))
  sendPage(response, challengePage(parts, view, form))
}

function showMethod(form: URLSearchParams, response: ServerResponse): void {
  const data = readMethodData(form.get(formFields.methodData) ?? '')
  const notificationUrl = data?.threeDSMethodNotificationURL
  const isReadable = data !== undefined && notificationUrl !== undefined
  sendPage(
    response,
    isReadable
      ? methodPage(data.threeDSServerTransID, notificationUrl)
      : problemPage(400, 'The method data cannot be read.'),
  )
}

async function beginChallenge(issuer: Issuer, form: URLSearchParams): Promise<ChallengeView | null> {
  const verdict = readEncoded(form.get(formFields.challengeRequest) ?? '', { types: ['CReq'], deviceChannel: '02' })
  return verdict.ok ? issuer.challenge(verdict.message) : null
}

function challengePage({ publicUrl }: IssuerCallParts, view: ChallengeView | null, form: URLSearchParams): Page {
  if (view === null) return problemPage(400, 'The bank does not know this payment.')
  const sessionData = sessionDataOf(form)
  const { entry } = view.record
  if (view.kind === 'done') return handBackPage(view.cres, entry.notificationUrl ?? publicUrl(), sessionData)
  const target = `${publicUrl()}/acs/challenge/${entry.acsTransId}`
  return codePage(view.record, target, sessionData, view.wrongCode)
}

/** Returned as it came, if it is what it may be. */
function sessionDataOf(form: URLSearchParams): string | null {
  const data = form.get(formFields.sessionData)
  const isFine = data !== null && data.length <= sessionDataMaxLength && /^[A-Za-z0-9_-]+={0,2}$/.test(data)
  return isFine ? data : null
}
