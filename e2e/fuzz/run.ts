import { openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Case, caseOf } from './cases.ts'
import { faultOf, faultOfLog, reachedHandler } from './judge.ts'
import { Made } from './made.ts'
import { type Parties, startParties } from './parties.ts'
import { createSender, sendBytes, type Told } from './sending.ts'
import { hostileUrls } from './urls.ts'

/** `npm run fuzz -- [--requests N] [--seed S] [--case INDEX]`: generated requests at the running product. Exit code 1 on any fault. */
const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    /** Sends the one case of this number, and shows what comes back. */
    case: { type: 'string' },
    connections: { type: 'string', default: '24' },
  },
})
const [seed, requests, connections] = [values.seed, values.requests, values.connections].map(Number) as [
  number,
  number,
  number,
]
/** One case in so many goes as spoilt bytes over a connection of its own. */
const bytesEvery = 50
const faultsShownMax = 20
/** What was found until then is told. */
let isStopping = false

interface Tally {
  sent: number
  handled: number
  asBytes: number
  byStatus: Map<string, number>
  faults: string[]
}

const print = (line: string) => void process.stdout.write(`${line}\n`)
async function run(at: Parties): Promise<number> {
  const made = await Made.open(at.product)
  const readLogs = logReader(at)
  const tally: Tally = { sent: 0, handled: 0, asBytes: 0, byStatus: new Map(), faults: [] }
  const startedMs = performance.now()
  await sendAll(at, made, tally, readLogs)
  const seconds = (performance.now() - startedMs) / 1000
  const perSecond = Math.round(tally.sent / seconds)
  const urls = await hostileUrls(at, seed, Math.max(400, Math.round(requests / 50)))
  tally.faults.push(...urls.faults)
  tally.faults.push(...(await made.inSilence()), ...readLogs())

  const share = Math.round((100 * tally.handled) / Math.max(1, tally.sent))
  print(
    `seed ${seed}: ${tally.sent} requests in ${seconds.toFixed(1)} s (${perSecond}/s), ${tally.asBytes} of them as spoilt bytes`,
  )
  print(`${share} % reached a handler; ${urls.tried} hostile webhook addresses tried, ${urls.called} called`)
  for (const [status, count] of [...tally.byStatus].sort()) print(`  ${String(count).padStart(8)} ${status}`)
  for (const fault of tally.faults.slice(0, faultsShownMax)) print(`FAULT ${fault}`)
  print(`${tally.faults.length} faults`)
  if (share < 25) print('too few requests reached a handler to say anything')
  return tally.faults.length > 0 || share < 25 ? 1 : 0
}

async function sendAll(at: Parties, made: Made, tally: Tally, readLogs: () => string[]): Promise<void> {
  const origins = originsOf(at)
  const sender = createSender(origins, connections)
  let next = 0
  const lane = async () => {
    for (let index = next++; index < requests && !isStopping; index = next++) {
      const one = caseOf(at, seed, index)
      const asBytes = index % bytesEvery === bytesEvery - 1
      try {
        const answers = asBytes ? await sendBytes(origins, one, seed) : [await sender.send(one)]
        for (const told of answers) look(at, made, tally, one, told, asBytes)
      } catch (error) {
        tally.faults.push(describe(one, (error as Error).message))
      }
      tally.sent += 1
      if (asBytes) tally.asBytes += 1
      if (tally.sent % 25_000 === 0) {
        tally.faults.push(...readLogs())
        print(`${tally.sent} sent, ${tally.faults.length} faults`)
      }
    }
  }
  await Promise.all(Array.from({ length: connections }, lane))
  sender.close()
}

function look(at: Parties, made: Made, tally: Tally, one: Case, told: Told, asBytes: boolean): void {
  const label = `${one.route.dialect} ${told.status}`
  tally.byStatus.set(label, (tally.byStatus.get(label) ?? 0) + 1)
  if (reachedHandler(one, told)) tally.handled += 1
  const judged = asBytes ? judgedAsBytes(one) : one
  const fault = faultOf(judged, told, at)
  if (fault !== null) tally.faults.push(describe(one, `${fault}: ${told.status} ${told.text.slice(0, 300)}`))
  if (told.status < 300 || mayTellOfPayment(told)) {
    made.note(told.text)
    if (one.caller === 'mine' && !asBytes) at.owned.learn(told.text)
  }
}

/** Spoilt bytes can be another call than the one that they were made of; what others see of their own is theirs all the same. */
function judgedAsBytes(one: Case): Case {
  return { ...one, isOfRoute: false, caller: one.caller === 'theirs' ? 'theirs' : 'mine', namesForeign: false }
}

/** A declined payment is an error, and there is a payment. */
const mayTellOfPayment = ({ status, text }: Told): boolean =>
  status === 400 && /"(tx|req|pay)_|"transaction_id"/.test(text)

function describe(one: Case, what: string): string {
  return `${what}\n  ${one.route.dialect} ${one.route.name} by ${one.caller}; again: npm run fuzz -- --seed ${seed} --case ${one.index}`
}

async function replay(at: Parties, index: number): Promise<number> {
  const one = caseOf(at, seed, index)
  const { target, headers, body, route, host, caller } = one
  const origins = originsOf(at)
  print(`${route.method} ${target} at the ${host} by ${caller}`)
  print(JSON.stringify({ ...headers, ...(headers.authorization && { authorization: 'Bearer …' }) }))
  print(body === null ? '(no body)' : JSON.stringify(body.toString('latin1').slice(0, 4_000)))
  const sender = createSender(origins, 1)
  const asBytes = index % bytesEvery === bytesEvery - 1
  const answers = asBytes ? await sendBytes(origins, one, seed) : [await sender.send(one)]
  sender.close()
  const faults = answers.map((told) => faultOf(asBytes ? { ...one, isOfRoute: false } : one, told, at))
  for (const [place, told] of answers.entries()) print(`${told.status} ${told.text}\n${faults[place] ?? 'no fault'}`)
  return faults.some((fault) => fault !== null) ? 1 : 0
}

function originsOf({ product }: Parties) {
  return { gateway: product.credentials.gatewayUrl, vault: product.credentials.vaultUrl }
}

/** Faults in what all processes have logged since the last call. */
function logReader(at: Parties): () => string[] {
  const folder = join(at.product.dataDirectory, 'logs')
  const read = new Map<string, { file: number; at: number; rest: string }>()
  return () =>
    readdirSync(folder).flatMap((name) => {
      const place = read.get(name) ?? { file: openSync(join(folder, name), 'r'), at: 0, rest: '' }
      read.set(name, place)
      const chunk = Buffer.alloc(1 << 20)
      const faults: string[] = []
      for (let count = readSync(place.file, chunk, 0, chunk.length, place.at); count > 0; ) {
        place.at += count
        const lines = (place.rest + chunk.toString('utf8', 0, count)).split('\n')
        place.rest = lines.pop() ?? ''
        for (const line of lines) {
          const fault = faultOfLog(line, at)
          if (fault !== null) faults.push(fault)
        }
        count = readSync(place.file, chunk, 0, chunk.length, place.at)
      }
      return faults
    })
}

const parties = await startParties()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    isStopping = true
  })
}
try {
  process.exitCode = values.case === undefined ? await run(parties) : await replay(parties, Number(values.case))
} finally {
  await parties.end()
}
