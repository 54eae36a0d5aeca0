import { installApart } from '../tools/install-apart.ts'
import { askJudges } from './judging.ts'
import { judgesFolder } from './repository.ts'

/** `npm run judges`: what programs of others say of the documents and of the sources. Exit code 1 on any complaint. */
await installApart(judgesFolder, 'the judges')
for (const { judge, looksAt, complaints, sawPlanted } of await askJudges()) {
  const isGood = complaints.length === 0 && sawPlanted
  process.stdout.write(`${isGood ? 'ok    ' : 'FAILED'} ${judge}: ${looksAt}\n`)
  for (const complaint of complaints.slice(0, 40)) process.stdout.write(`  ${complaint}\n`)
  if (!sawPlanted) process.stdout.write('  it did not see the fault that was planted for it\n')
  if (!isGood) process.exitCode = 1
}
