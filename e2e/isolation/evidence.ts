import { appendFileSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { acquirerOf } from '../harness/acquirer.ts'
import { databasesOf } from '../harness/databases.ts'
import { type Product, startProduct } from '../harness/product.ts'
import { startReceiver } from '../harness/receiver.ts'
import { until } from '../harness/until.ts'
import { sendThroughAuthentication } from './authentications.ts'
import { sendFromBrowsers } from './browsers.ts'
import { type Callers, callersOf } from './callers.ts'
import { heapSnapshotOptions, takeHeapSnapshot } from './heap.ts'
import { Marks } from './marks.ts'
import { checkpoint, folderOf, searchFiles, searchRows } from './media.ts'
import { MemoryUnreadable, processesIn, searchMemory } from './memory.ts'
import { payPlanted, plant, sendMarkedCards } from './paths.ts'
import { type Finding, Searcher } from './search.ts'

/** What was found, by the medium that was searched. */
export type Evidence = Map<string, Finding[]>

export interface Investigation {
  marks: Marks
  evidence: Evidence
  /** Of the vault's process, from outside: what it was given to start with. */
  vaultEnvironment: string
  /** Why memory could not be read; null where it was. */
  memoryUnreadable: string | null
}

/** Starts the product, sends marked cards on every path and searches all that they could have left a trace in. */
export async function investigate(): Promise<Investigation> {
  const snapshots = mkdtempSync(join(tmpdir(), 'tessera-heaps-'))
  const product = await startProduct({
    separateWorker: true,
    fromNothing: true,
    environment: { NODE_OPTIONS: heapSnapshotOptions(snapshots) },
  })
  try {
    return await investigateProduct(product, snapshots)
  } finally {
    await product.dispose()
    rmSync(snapshots, { recursive: true, force: true })
  }
}

async function investigateProduct(product: Product, snapshots: string): Promise<Investigation> {
  const [marks, evidence]: [Marks, Evidence] = [new Marks(), new Map()]
  const callers = callersOf(product)
  const acquirer = await acquirerOf(product)
  const held = Promise.withResolvers<number>()
  // The planted payment's webhook is kept waiting, so that the worker has it in its hands when we look there.
  const receiver = await startReceiver(({ body }) => (body.includes(marks.planted) ? held.promise : 200))
  try {
    await callers.toGateway({ path: '/v1/webhook_endpoints', body: { url: receiver.url } })
    await sendMarkedCards(marks, callers, acquirer)
    const pages = {
      'pages of shoppers': await sendThroughAuthentication(marks, callers, acquirer),
      'pages of the checkout': await sendFromBrowsers(marks, callers),
    }
    const { processes } = await product.status()
    const searchHeap = async (name: 'gateway' | 'worker') => {
      const snapshot = await takeHeapSnapshot(processes[name]?.pid as number, snapshots)
      evidence.set(`heap of the ${name}`, searcherOf(marks).inFile(snapshot))
    }
    await plant(marks, callers)
    await until(() => receiver.received.some(({ body }) => body.includes(marks.planted)), {
      withinMs: 60_000,
      what: 'the webhook of the planted payment',
    })
    await searchHeap('worker')
    // The gateway has a payment in its hands while the acquirer, which has carried it out, is silent.
    await acquirer.faults([{ match: { operation: 'authorize' }, fault: { kind: 'delay_after', ms: 7_000 }, times: 1 }])
    const known = (await acquirer.ledger()).length
    const slowly = payPlanted(marks, callers)
    await until(async () => (await acquirer.ledger()).length > known, {
      withinMs: 60_000,
      what: 'the second planted payment to reach the acquirer',
    })
    await searchHeap('gateway')
    // Writing its heap down may have taken the gateway longer than it waits for an acquirer.
    await slowly
    const searcher = searcherOf(marks)
    const memoryUnreadable = await searchProcesses(product, searcher, evidence)
    const vaultEnvironment = readFileSync(`/proc/${processes.vault?.pid}/environ`, 'latin1')
    held.resolve(200)
    await searchAnswers(product, callers, searcher, evidence)
    for (const [medium, seen] of Object.entries(pages)) {
      evidence.set(
        medium,
        seen.flatMap(({ text, place }) => searcher.inText(text, place)),
      )
    }
    evidence.set(
      'webhooks',
      receiver.received.flatMap(({ body }) => searcher.inText(body, 'webhook')),
    )
    await searchStores(product, marks, searcher, evidence)
    return { marks, evidence, vaultEnvironment, memoryUnreadable }
  } finally {
    held.resolve(200)
    await receiver.stop()
  }
}

function searcherOf(marks: Marks): Searcher {
  return new Searcher([...marks.numberNeedles(), ...marks.securityCodeNeedles(), ...marks.plantedNeedles()])
}

async function searchProcesses(product: Product, searcher: Searcher, evidence: Evidence): Promise<string | null> {
  const { processes } = await product.status()
  const pids = Object.entries(processes).map(([name, { pid }]): [string, number[]] => [name, pid === null ? [] : [pid]])
  const folder = realpathSync(databasesOf(product).dataFolder)
  pids.push(['supervisor', [product.supervisor().pid as number]], ['PostgreSQL', processesIn(folder)])
  try {
    for (const [name, each] of pids) {
      evidence.set(
        `memory of the ${name}`,
        each.flatMap((pid) => searchMemory(pid, name, searcher)),
      )
    }
    return null
  } catch (error) {
    if (error instanceof MemoryUnreadable) return error.message
    throw error
  }
}

async function searchAnswers(
  product: Product,
  callers: Callers,
  searcher: Searcher,
  evidence: Evidence,
): Promise<void> {
  const metrics = await fetch(`${product.credentials.metricsUrl}/metrics`)
  callers.answers.push({ place: 'metrics', text: await metrics.text() }, { place: 'output', text: product.output() })
  evidence.set(
    'answers',
    callers.answers.flatMap(({ text, place }) => searcher.inText(text, place)),
  )
}

async function searchStores(product: Product, marks: Marks, searcher: Searcher, evidence: Evidence): Promise<void> {
  const logs = join(product.dataDirectory, 'logs')
  for (const name of readdirSync(logs)) appendFileSync(join(logs, name), `a planted line with ${marks.planted}\n`)
  const databases = databasesOf(product)
  const whileRunning = searchFiles(product.dataDirectory, searcher)
  for (const database of ['tessera_gateway', 'tessera_vault'] as const) {
    evidence.set(`rows of ${database}`, await searchRows(databases, database, searcher))
  }
  await checkpoint(databases)
  const afterCheckpoint = searchFiles(product.dataDirectory, searcher)
  const folders = {
    'the gateway': await folderOf(databases, 'tessera_gateway'),
    'the vault': await folderOf(databases, 'tessera_vault'),
  }
  await product.stop()
  const afterStop = searchFiles(product.dataDirectory, searcher)

  const below = (findings: Finding[], folder: string) => findings.filter(({ place }) => place.startsWith(folder))
  evidence.set('logs', below(whileRunning, logs))
  evidence.set('write-ahead log', below(whileRunning, join(databases.dataFolder, 'pg_wal')))
  for (const [name, folder] of Object.entries(folders)) {
    evidence.set(`database files of ${name}`, [...below(afterCheckpoint, folder), ...below(afterStop, folder)])
  }
  evidence.set('all files while running', [...whileRunning, ...afterCheckpoint])
  evidence.set('all files after the stop', afterStop)
}
