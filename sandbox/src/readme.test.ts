import { readFileSync } from 'node:fs'
import { decisionDigits, issuersByCard, notEnrolled } from '@tessera/contracts/three-ds/test-issuers'
import { expect, test } from 'vitest'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const rows = readme.split('\n').filter((line) => line.startsWith('|'))

test('the README says of every card and of every choice of digits what its issuer does', () => {
  const missing = [
    ...Object.entries(decisionDigits).map(([digits, { summary }]) => `| \`${digits}\` | ${summary} |`),
    ...[...issuersByCard].map(([number, { summary }]) => `| ${number} | ${summary} |`),
  ].filter((wanted) => !rows.some((row) => row.startsWith(wanted)))
  expect(missing).toEqual([])
  expect([...notEnrolled].filter((number) => !readme.includes(number))).toEqual([])
})
