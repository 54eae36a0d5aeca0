import { openRunDatabase } from './src/database/database.ts'
import { simulate } from './src/simulate.ts'
import { openShop } from './src/world/merchant.ts'
import { Points } from './src/world/points.ts'
const database = await openRunDatabase()
const shop = await openShop(database.sessions)
const [from = 1, count = 1] = process.argv.slice(2).map(Number)
const all = new Points()
let stmts = 0, pays = 0
const t0 = performance.now()
for (let n = from; n < from + count; n++) {
  const seed = String(n)
  const t = performance.now()
  const r = await simulate({ seed, database, shop, trace: process.env.TRACE ? (l) => console.log(l) : undefined })
  all.add(r.points.hits); stmts += r.statements; pays += r.payments
  if (r.violations.length || count < 10) console.log(seed, r.digest.slice(0, 12), (performance.now() - t).toFixed(0), 'ms', r.steps, 'steps', r.statements, 'stmts', r.payments, 'payments', (r.tookMs/1000).toFixed(0), 's', JSON.stringify(r.violations.slice(0, 3)))
}
console.log(((performance.now() - t0) / count).toFixed(0), 'ms per seed', stmts / count, 'stmts', pays / count, 'payments')
console.log(Object.fromEntries(all.hits), 'missing', all.missing().join(', '))
await database.close()
