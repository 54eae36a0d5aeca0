import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../harness/until.ts'
import { Account } from './testing/account.ts'
import { type BusyAnswer, busyClient } from './testing/busy-client.ts'
import { leakedNumbers } from './testing/card-texts.ts'
import { answerFault, errorFault } from './testing/contract.ts'
import { type GeneratedRequest, requestsTo } from './testing/generated-requests.ts'
import { logsOf } from './testing/recorded.ts'
import { startWorld, type World } from './testing/world.ts'

const seed = Number(process.env.BAD_INPUT_SEED ?? 20_261_121)
const count = Number(process.env.BAD_INPUT_COUNT ?? 20_000)
const connections = 24

let world: World
beforeAll(async () => {
  // Deliveries of thousands of payments are another test's subject.
  world = await startWorld({ environment: { TESSERA_WEBHOOKS_ENABLED: 'false' } })
})
afterAll(() => world?.end())

const show = ({ call, path, headers, body }: GeneratedRequest): string =>
  `${call.name} as ${path.slice(0, 200)} ${JSON.stringify(headers).slice(0, 400)} ${JSON.stringify(body?.toString('latin1') ?? '').slice(0, 600)}`

it(`${count} generated requests get answers of the contract, change only what they say, and leak nothing`, async () => {
  const repeat = <T>(times: number, make: () => Promise<T>) => Promise.all(Array.from({ length: times }, make))
  const pay = async (body: object) => (await world.api.pay({ amount: 20, ...body })).json.transaction_id as string
  const means = {
    world,
    tokens: await repeat(200, () => world.api.token()),
    authorized: await repeat(24, () => pay({ capture_method: 'manual' })),
    captured: await repeat(24, () => pay({})),
  }
  const account = await Account.open(world)
  const requests = fc.sample(requestsTo(means), { seed, numRuns: count })
  const counts: Record<string, number> = {}
  const faults: string[] = []
  let handled = 0

  const startedMs = performance.now()
  await busyClient(world, connections).sendAll(requests, (request, answer) => {
    const fault = answer instanceof Error ? answer.message : faultOf(request, answer, world)
    if (fault !== null) faults.push(`${fault}\n  ${show(request)}`)
    if (answer instanceof Error) return
    const json = answer.text === '' ? null : JSON.parse(answer.text)
    const label = `${answer.status} ${answer.status < 400 ? '' : (json?.error?.code ?? '')}`
    counts[label] = (counts[label] ?? 0) + 1
    if (reachedHandler(answer.status, json)) handled += 1
    account.note(request, answer, json)
  })
  const tookMs = performance.now() - startedMs

  const table = Object.entries(counts).sort(([a], [b]) => a.localeCompare(b))
  console.log(
    [
      `seed ${seed}: ${count} requests over ${connections} connections in ${(tookMs / 1000).toFixed(1)} s; ${handled} reached a handler`,
      ...table.map(([label, number]) => `  ${String(number).padStart(6)} ${label}`),
    ].join('\n'),
  )
  expect(faults.slice(0, 10), `${faults.length} faults`).toEqual([])
  expect(handled / count).toBeGreaterThanOrEqual(0.25)

  await until(() => account.isSettled(), { withinMs: 30_000, what: 'all outcomes to be known', everyMs: 250 })
  expect(await account.disagreements()).toEqual([])
  await account.close()
  expect(leakedNumbers(logsOf(world))).toEqual([])
}, 480_000)

/** Passed keys and JSON: accepted, or refused for what it says. */
function reachedHandler(status: number, json: { error?: { code: string; param?: string } } | null): boolean {
  if (status < 300) return true
  const { code, param } = json?.error ?? {}
  if (status !== 400) return false
  return code !== 'validation_error' || (param !== undefined && param !== 'card')
}

/** What is wrong with an answer by itself; null when nothing is. */
function faultOf({ call, headers }: GeneratedRequest, answer: BusyAnswer, { product }: World): string | null {
  const { status, text } = answer
  if (status >= 500 || status < 200) return `status ${status}: ${text}`
  if (answer.headers['x-request-id'] === undefined) return 'no X-Request-Id'
  if (answer.headers['content-type'] !== 'application/json; charset=utf-8')
    return `type ${answer.headers['content-type']}`
  const shown = text + JSON.stringify(answer.headers)
  if (leakedNumbers(shown).length > 0) return `a card number in the answer: ${shown}`
  const { secretKey, publishableKey } = product.credentials
  if ([secretKey, publishableKey].some((key) => shown.includes(key)) && headers.authorization)
    return `a key in the answer: ${text}`
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return `no JSON: ${text}`
  }
  if (status >= 400 && call.body === null) return errorFault(json)
  // Odd ids can make another path of it, which is then nobody's.
  return status === 404 ? errorFault(json) : answerFault(call.name, status, json)
}
