import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Json } from './harness/api.ts'
import { type Product, startProduct } from './harness/product.ts'
import { until } from './harness/until.ts'

let product: Product
let folder: string

beforeAll(async () => {
  product = await startProduct()
  folder = mkdtempSync(join(tmpdir(), 'tessera-readme-'))
  symlinkSync(product.dataDirectory, join(folder, '.tessera'))
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await product?.dispose()
})

interface Blocks {
  commands: string[]
  answers: Json[]
}

function testedBlocks(): Blocks {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const tested = /<!-- tested:[^>]*-->([\s\S]*?)<!-- \/tested -->/.exec(readme)?.[1] ?? ''
  const blocksOf = (language: string) =>
    [...tested.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map((match) => match[1] ?? '')
  return { commands: blocksOf('sh'), answers: blocksOf('json').map((text) => JSON.parse(text)) }
}

/** Ids and times differ from run to run; everything else must be what the README shows. */
function withoutChance(value: Json): Json {
  const text = JSON.stringify(value)
    .replaceAll(/"([a-z]+)_[0-9a-hjkmnp-tv-z]{26}"/g, '"$1_…"')
    .replaceAll(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"time"')
  return JSON.parse(text)
}

it('the README’s three steps run as written and answer as shown', async () => {
  const { commands, answers } = testedBlocks()
  expect([commands.length, answers.length]).toEqual([4, 3])
  const separator = '-- next --'
  const script = commands.join(`\necho\necho '${separator}'\n`)
  const { stdout } = await promisify(execFile)('bash', ['-euc', script], { cwd: folder })
  const said = stdout.split(separator).map((each) => each.trim())
  expect(said).toHaveLength(4)
  const given = said.slice(1).map((each) => JSON.parse(each))
  expect(given.map(withoutChance)).toEqual(answers.map(withoutChance))
  given.forEach((answer, index) => {
    expect(Object.keys(answer)).toEqual(Object.keys(answers[index]))
  })
})

it('the start text’s own call takes a payment', async () => {
  // The text is written once everything is up, and read from a pipe.
  const [command = ''] = await until(() => /curl -sS[\s\S]*?(?=\n\n)/.exec(product.output()), {
    withinMs: 30_000,
    what: 'the start text',
  })
  const { stdout } = await promisify(execFile)('bash', ['-euc', command])
  expect(JSON.parse(stdout)).toMatchObject({ status: 'completed', amount: 17.62 })
})
