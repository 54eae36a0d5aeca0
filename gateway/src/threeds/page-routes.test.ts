import { readEncoded } from '@tessera/contracts/three-ds/encoding'
import { expect, it } from 'vitest'
import type { SessionStep } from '../core/authentication/authentications.ts'
import { trustedId } from '../core/ids.ts'
import type { PlainRequest } from '../lib/plain-route.ts'
import { createPageRoutes } from './page-routes.ts'
import {
  aCreq,
  anIssuer,
  methodData,
  ScriptedAuthentications,
  sessionId,
  transactionId,
} from './testing/scripted-authentications.ts'

const page = `/authenticate/${sessionId}`
const collect: SessionStep = { step: 'collect' }
const method: SessionStep = { step: 'method', url: `${anIssuer}/m`, data: methodData, timeoutMs: 10_000 }
const challenge: SessionStep = {
  step: 'challenge',
  url: `${anIssuer}/c`,
  creq: aCreq,
  sessionData: null,
  windowSize: '02',
}
const charging: SessionStep = { step: 'waiting', for: 'charge', pollAfterMs: 1_000 }

/** What the browser gets: routes match as the server's do, the most exact first. */
async function visit(
  script: ScriptedAuthentications,
  what: string,
  form: Record<string, string> = {},
  headers: PlainRequest['headers'] = {},
) {
  const [verb, path = ''] = what.split(' ')
  const [, , id = '', rest] = path.split('/')
  const suffix = rest === undefined ? '' : `/${rest}`
  const routes = createPageRoutes({ authentications: script, clientAddress: () => null }).filter(
    (route) => route.method === verb,
  )
  const found =
    routes.find((route) => route.path === `/authenticate/:sessionId${suffix}`) ??
    routes.find((route) => route.path === '/authenticate/:sessionId/*')
  if (found === undefined) throw new Error(`no route for ${what}`)
  const body = Buffer.from(new URLSearchParams(form).toString())
  return found.answer({ params: { sessionId: id }, headers, body, remoteAddress: '127.0.0.1' })
}
const script = (next: SessionStep) => new ScriptedAuthentications(next)

it('shows the step that is due', async () => {
  const shown = await visit(script(collect), `GET ${page}`)
  expect(shown.status).toBe(200)
  expect(shown.body).toContain('data-step="collect"')
  expect(shown.body).toContain('Tea &amp; Cups')
  expect(shown.body).toContain('$17.62')
})

it('the browser’s data goes to the issuer, and the browser back to the page by a GET', async () => {
  const authentications = script(collect)
  authentications.after = { authenticate: challenge }
  const answer = await visit(authentications, `POST ${page}`, {}, { 'user-agent': 'Browser/1' })
  expect([answer.status, answer.headers.location]).toEqual([303, page])
  expect(authentications.browser).toMatchObject({ userAgent: 'Browser/1', script: null, ip: null })
})

it('data that comes before the hidden page called back ends the wait for it', async () => {
  const authentications = script(method)
  authentications.after = { methodDone: collect, authenticate: charging }
  await visit(authentications, `POST ${page}`)
  expect(authentications.calls).toEqual(['methodDone timed_out', 'authenticate'])
})

it('data that comes again changes nothing', async () => {
  const authentications = script(challenge)
  expect((await visit(authentications, `POST ${page}`)).status).toBe(303)
  expect(authentications.calls).toEqual([])
})

it('a step that stays as it was is told as a failure, so that no browser goes round in circles', async () => {
  await expect(visit(script(collect), `POST ${page}`)).rejects.toThrow('did not go on')
})

it('the hidden page’s call counts for the transaction that it names, padded or not', async () => {
  for (const data of [methodData, `${methodData}${'='.repeat((4 - (methodData.length % 4)) % 4)}`]) {
    const authentications = script(method)
    authentications.after = { methodDone: collect }
    const answer = await visit(authentications, `POST ${page}/method`, { threeDSMethodData: data })
    expect(answer.body).toContain('data-notice="method"')
    expect(authentications.calls).toEqual(['methodDone called_back'])
  }
})

it.each([
  [
    'another transaction',
    Buffer.from(`{"threeDSServerTransID":"${transactionId.replace('8', '9')}"}`).toString('base64url'),
  ],
  ['nothing readable', '!!'],
])(
  'a call of the hidden page that names %s changes nothing, and leads back to the shop',
  async (_what, threeDSMethodData) => {
    const authentications = script(method)
    const answer = await visit(authentications, `POST ${page}/method`, { threeDSMethodData })
    expect(answer.status).toBe(400)
    expect(answer.body).toContain('href="https://shop.example/return?order=7"')
    expect(authentications.calls).toEqual([])
  },
)

it('a late call of the hidden page is nothing to worry about', async () => {
  const authentications = script(challenge)
  expect((await visit(authentications, `POST ${page}/method`, { threeDSMethodData: methodData })).status).toBe(200)
  expect(authentications.calls).toEqual([])
})

it('the browser that comes back from a frame breaks out of it; one with the whole window is led on at once', async () => {
  const authentications = script(challenge)
  const framed = await visit(authentications, `POST ${page}/returned`, { cres: 'abc' }, { 'sec-fetch-dest': 'iframe' })
  expect(framed.body).toContain('data-notice="returned"')
  expect(framed.body).toContain(`href="${page}" target="_top"`)
  const whole = await visit(authentications, `POST ${page}/returned`, { cres: 'abc' }, { 'sec-fetch-dest': 'document' })
  expect([whole.status, whole.headers.location]).toEqual([303, page])
  expect(authentications.calls).toEqual(['challengeReturned abc', 'challengeReturned abc'])
})

it('coming back with nothing in hand is refused', async () => {
  const authentications = script(challenge)
  expect((await visit(authentications, `POST ${page}/returned`)).status).toBe(400)
  expect(authentications.calls).toEqual([])
})

it.each(['', '/cancel'])('another site’s form cannot send this page’s (%s)', async (suffix) => {
  const authentications = script(collect)
  authentications.after = { authenticate: charging, cancel: charging }
  for (const site of ['cross-site', 'same-site']) {
    const answer = await visit(authentications, `POST ${page}${suffix}`, {}, { 'sec-fetch-site': site })
    expect(answer.status).toBe(400)
    expect(answer.body).toContain('Return to Tea &amp; Cups')
  }
  expect(authentications.calls).toEqual([])
  await visit(authentications, `POST ${page}${suffix}`, {}, { 'sec-fetch-site': 'same-origin' })
  expect(authentications.calls).toHaveLength(1)
})

it.each([
  'GET /authenticate/0123456789abcdefghjkmnpqrz',
  'GET /authenticate/..%2f..%2f',
  'GET /authenticate/tx_1/state',
  'POST /authenticate/0123456789abcdefghjkmnpqrz',
  'POST /authenticate/0123456789abcdefghjkmnpqrz/cancel',
  'POST /authenticate/0123456789abcdefghjkmnpqrz/method',
  'POST /authenticate/0123456789abcdefghjkmnpqrz/returned',
])('%s is nobody’s session, and a person can read that', async (what) => {
  const authentications = script(method)
  const answer = await visit(
    authentications,
    what,
    { cres: 'abc', threeDSMethodData: methodData },
    { 'accept-language': 'fr' },
  )
  expect(answer.status).toBe(404)
  expect(answer.body).toContain('Cette page n’existe pas')
  expect(authentications.calls).toEqual([])
})

it('an address that only forms go to leads to the page when it is opened', async () => {
  for (const suffix of ['/cancel', '/returned', '/method', '/elsewhere']) {
    const answer = await visit(script(challenge), `GET ${page}${suffix}`)
    expect([answer.status, answer.headers.location]).toEqual([303, page])
  }
})

it('the open page can ask what is due, and learns no more than that', async () => {
  const authentications = script(challenge)
  const first = JSON.parse((await visit(authentications, `GET ${page}/state`)).body)
  expect(Object.keys(first)).toEqual(['state'])
  expect((await visit(authentications, `GET ${page}`)).body).toContain(`data-state="${first.state}"`)
  authentications.view = { ...authentications.view, next: charging }
  expect(JSON.parse((await visit(authentications, `GET ${page}/state`)).body).state).not.toBe(first.state)
  expect((await visit(authentications, 'GET /authenticate/0123456789abcdefghjkmnpqrz/state')).status).toBe(404)
})

it('a session that another one follows leads there', async () => {
  const authentications = script(challenge)
  const next = '1123456789abcdefghjkmnpqrs'
  authentications.view = { ...authentications.view, sessionId: trustedId(next) }
  expect((await visit(authentications, `GET ${page}`)).headers.location).toBe(`/authenticate/${next}`)
  expect((await visit(authentications, `GET ${page}/state`)).body).toBe('{"state":null}')
})

it('the whole window is asked for as such', async () => {
  const { body } = await visit(script(challenge), `GET ${page}`)
  const sizes = [...body.matchAll(/name="creq" value="([^"]+)"/g)].map(([, creq = '']) => {
    const verdict = readEncoded(creq, { types: ['CReq'], deviceChannel: '02' })
    return verdict.ok && verdict.message.challengeWindowSize
  })
  expect(sizes).toEqual(['02', '05', '05'])
})

it.each([
  ['card_data', 400, 'Back to your payment'],
  ['too_large', 413, 'Back to your payment'],
  ['failed', 503, 'Try again'],
] as const)('a request refused for %s gets a page with a way on', (why, status, label) => {
  const [route] = createPageRoutes({ authentications: script(collect), clientAddress: () => null })
  const answer = route?.refuse(why, { params: { sessionId }, headers: {}, remoteAddress: null })
  expect(answer?.status).toBe(status)
  expect(answer?.body).toContain(`href="${page}">${label}`)
})
