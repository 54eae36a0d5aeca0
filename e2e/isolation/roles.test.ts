import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiOf } from '../harness/api.ts'
import { type Databases, databasesOf } from '../harness/databases.ts'
import { type Product, startProduct } from '../harness/product.ts'

let product: Product
let databases: Databases

beforeAll(async () => {
  product = await startProduct()
  databases = databasesOf(product)
  await apiOf(product).pay({ save_card: true, customer_id: 'cus-roles' })
})
afterAll(() => product?.dispose())

const codeOf = (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => 'it worked',
    (error) => error.code,
  )
const insufficientPrivilege = '42501'

for (const [role, own, other] of [
  ['gateway', 'tessera_gateway', 'tessera_vault'],
  ['vault', 'tessera_vault', 'tessera_gateway'],
] as const) {
  describe(`the database role of the ${role}`, () => {
    it('opens its own database', async () => {
      expect(await codeOf(databases.with(role, own, (client) => client.query('select 1')))).toBe('it worked')
    })

    for (const database of [other, 'postgres', 'template1'] as const) {
      it(`cannot open ${database}`, async () => {
        expect(await codeOf(databases.connect(role, database))).toBe(insufficientPrivilege)
      })
    }

    for (const [what, query] of [
      ['become the other role', `set role ${other}`],
      ['become the superuser', 'set role postgres'],
      ['read files of the server', `select pg_read_file('postgresql.conf')`],
      ['write files of the server', `copy (select 1) to '/tmp/tessera-roles'`],
      ['run programs', `copy (select 1) to program 'true'`],
      ['reach another database from inside', 'create extension dblink'],
      ['change the rights on the other database', `grant connect on database ${other} to public`],
      ['make roles', 'create role another'],
    ] as const) {
      it(`cannot ${what}`, async () => {
        const code = await codeOf(databases.with(role, own, (client) => client.query(query)))
        // An extension that is not installed at all cannot be created by anyone.
        expect([insufficientPrivilege, '0A000', '58P01']).toContain(code)
      })
    }

    it('does not see what the other asks its database', async () => {
      const seen = await databases.with(role, own, async (client) => {
        const { rows } = await client.query('select query from pg_stat_activity where usename = $1', [other])
        return rows.map((row) => row.query)
      })
      expect(seen.length).toBeGreaterThan(0)
      expect(new Set(seen)).toEqual(new Set(['<insufficient privilege>']))
    })
  })
}
