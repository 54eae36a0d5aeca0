import { spawn } from 'node:child_process'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installApart } from '../../tools/install-apart.ts'
import { startProduct } from '../harness/product.ts'
import { launchChromium } from './chromium.ts'
import setup from './global-setup.ts'
import { shopperPages } from './shopper-pages.ts'

/**
 * `npm run lighthouse`: what Lighthouse says of the pages that shoppers see, on a telephone with slow 4G and a quarter of this
 * machine's speed. Exit code 1 where a goal is missed; it is no test, since figures depend on the machine.
 */
const goals = { largestPaintMs: 1_500, accessibility: 100 }
const visits = 3

interface Audit {
  largestPaintMs: number
  accessibility: number
  faults: string[]
  shown: string
  error: string | null
}

const lighthouseFolder = fileURLToPath(new URL('lighthouse', import.meta.url))
await installApart(lighthouseFolder, 'Lighthouse')
setup()
const port = await freePort()
const product = await startProduct({ fromNothing: true })
const browser = await launchChromium(`--remote-debugging-port=${port}`)
try {
  process.stdout.write(`${row('page', 'LCP, slow 4G', 'LCP, simulated', 'accessibility')}\n`)
  for (const [name, open] of Object.entries(shopperPages(product))) await report(name, open)
} finally {
  await browser.close()
  await product.dispose()
}

async function report(name: string, open: () => Promise<string>): Promise<void> {
  const slowed: Audit[] = []
  for (let times = 0; times < visits; times += 1) slowed.push(await audit(await open(), 'devtools'))
  const simulated = await audit(await open(), 'simulate')
  const largestPaintMs = middle(slowed.map((each) => each.largestPaintMs))
  const accessibility = Math.min(...slowed.map((each) => each.accessibility))
  const isGood = largestPaintMs <= goals.largestPaintMs && accessibility >= goals.accessibility
  const figures = [`${largestPaintMs} ms`, `${Math.round(simulated.largestPaintMs)} ms`, `${accessibility}`]
  process.stdout.write(`${row(name, ...figures)}  ${isGood ? 'ok' : 'MISSED'}\n`)
  for (const fault of new Set(slowed.flatMap((each) => each.faults))) process.stdout.write(`    ${fault}\n`)
  if (!isGood) process.exitCode = 1
}

/** `devtools`: the browser itself is slowed down. `simulate`: how long it would have taken is computed from a fast visit. */
async function audit(url: string, throttling: 'devtools' | 'simulate'): Promise<Audit> {
  const words = [join(lighthouseFolder, 'audit.mjs'), String(port), throttling, url]
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  if (code !== 0) throw new Error(`Lighthouse failed (${code})`)
  const found: Audit = JSON.parse(said)
  if (found.error !== null || found.shown !== url) {
    throw new Error(`Lighthouse could not measure ${url}: ${found.error ?? `it saw ${found.shown}`}`)
  }
  return found
}

function middle(figures: number[]): number {
  const sorted = figures.sort((one, other) => one - other)
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN)
}

function row(name: string, ...cells: string[]): string {
  return name.padEnd(20) + cells.map((cell) => cell.padStart(16)).join('')
}

/** Chromium does not tell which port it took where it also speaks to Playwright. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port: free } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return free
}
