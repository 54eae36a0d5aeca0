import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, apiOf, type Json } from '../harness/api.ts'
import { databasesOf } from '../harness/databases.ts'
import { operate } from '../harness/operator.ts'
import { type Product, startProduct } from '../harness/product.ts'

let product: Product
let api: Api

beforeAll(async () => {
  product = await startProduct()
  api = apiOf(product)
})
afterAll(() => product?.dispose())

const check = (...words: string[]): Promise<Json> => operate(product, 'audit-log', 'check', ...words)
/** Its answer where its exit code is 1. */
const refusedCheck = (...words: string[]): Promise<Json> =>
  check(...words).then(
    () => expect.fail('nothing was wrong with it'),
    ({ code, stdout }) => ({ code, ...JSON.parse(stdout) }),
  )
const inVault = (statement: string) =>
  databasesOf(product).with('vault', 'tessera_vault', (client) => client.query(statement))

describe('the vault’s audit log', () => {
  it('is found whole while payments go on, each check being an entry as well', async () => {
    await api.pay({ save_card: true, customer_id: 'cus-audited' })
    const [first] = await Promise.all([check(), api.pay()])
    const second = await check()
    expect([first.problemCount, second.problemCount]).toEqual([0, 0])
    expect(second.entries).toBeGreaterThan(first.entries)
    const { rows } = await inVault(`select count(*) from audit_log where action = 'audit_log_read'`)
    expect(rows[0].count).toBe('2')
  })

  it('shows what somebody with all rights in its database has altered or cut off', async () => {
    const earlier = join(product.dataDirectory, 'earlier-check.json')
    writeFileSync(earlier, JSON.stringify(await check()))
    await inVault(`delete from audit_log where action = 'audit_log_read'`)
    expect(await refusedCheck('--against', earlier)).toMatchObject({
      code: 1,
      problems: expect.arrayContaining([expect.objectContaining({ problem: 'cut_off' })]),
    })
    await inVault(`update audit_log set destination = 'elsewhere' where action = 'card_sent_and_saved'`)
    expect(await refusedCheck()).toMatchObject({ code: 1, problems: [{ problem: 'altered' }] })
  })

  it('is compared with nothing but the answer of an earlier check, which is said in one line', async () => {
    const other = join(product.dataDirectory, 'other.json')
    for (const text of ['{"ends":', '{}', '{"ends":[{"chainId":7}]}']) {
      writeFileSync(other, text)
      await expect(check('--against', other)).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^\S+other\.json .* the answer of an earlier check.*\n$/),
      })
    }
  })

  it('is not to be had where nothing runs, which is said in one line', async () => {
    const elsewhere = { ...product, dataDirectory: join(product.dataDirectory, 'nowhere') }
    await expect(operate(elsewhere, 'audit-log', 'check')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Tessera does not run on .*: start it first, .*\n$/),
    })
  })
})
