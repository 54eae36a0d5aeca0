import type { ForwardRequest } from '@tessera/contracts/vault-protocol'
import { ManualClock } from '@tessera/lib/clock'
import { expect, it } from 'vitest'
import { trustedId } from '../ids.ts'
import type { Connector, ReportEntry } from '../ports/connector.ts'
import type { DueReport } from '../ports/report-store.ts'
import type { Vault } from '../ports/vault.ts'
import { createReportSource, ReportUnavailable } from './report-source.ts'

const entry = { sequence: 4 } as ReportEntry
const template = { method: 'GET' as const, path: '/report', headers: {}, body: null }
const due = {
  scope: { merchantId: 'mer_1', mode: 'test' },
  connectorId: trustedId('conn_1'),
  connector: 'sandbox',
  position: 3,
} as DueReport

function source(reply: Awaited<ReturnType<Vault['forward']>>, entries: ReportEntry[] | null = [entry]) {
  const forwarded: ForwardRequest[] = []
  const asked: unknown[] = []
  const connectors = new Map<string, Connector>()
  const reports: Connector['reports'] = (instruction) => {
    asked.push(instruction)
    return { operation: 'report', template, timeoutMs: 7_000, parse: () => entries }
  }
  connectors.set('sandbox', { name: 'sandbox', reports } as Connector)
  connectors.set('silent', { name: 'silent' } as Connector)
  const vault: Pick<Vault, 'forward'> = {
    forward: async (request) => {
      forwarded.push(request)
      return reply
    },
  }
  return { source: createReportSource({ connectors, vault, clock: new ManualClock(1_000) }), forwarded, asked }
}
const answered = { outcome: 'answered', status: 200, contentType: 'a/b', body: '', acquirerMs: 1 } as const

it('a report is asked for from where it is known, of the account, and without a card', async () => {
  const { source: reports, forwarded, asked } = source(answered)
  expect(await reports.read(due, 3, 200)).toEqual([entry])
  expect(asked).toEqual([{ account: 'mer_1', after: 3, limit: 200 }])
  expect(forwarded).toEqual([
    {
      merchantId: 'mer_1',
      mode: 'test',
      stepId: 'conn_1.report',
      connector: 'sandbox',
      operation: 'report',
      template,
      card: null,
      timeoutMs: 7_000,
      sendBeforeMs: 6_000,
    },
  ])
})

it('only connectors that have a report are read', async () => {
  const { source: reports } = source(answered)
  expect(reports.connectors).toEqual(['sandbox'])
  await expect(reports.read({ ...due, connector: 'silent' }, 0, 1)).rejects.toThrow('silent has no report')
  await expect(reports.read({ ...due, connector: 'nowhere' }, 0, 1)).rejects.toThrow('nowhere has no report')
})

it('an answer that did not come, or cannot be read, is no report', async () => {
  const lost = await source({ outcome: 'lost' })
    .source.read(due, 3, 200)
    .catch((error: Error) => error)
  expect(lost).toBeInstanceOf(ReportUnavailable)
  expect(lost).toMatchObject({ name: 'ReportUnavailable', message: expect.stringContaining('lost') })
  const garbled = await source(answered, null)
    .source.read(due, 3, 200)
    .catch((error: Error) => error)
  expect(garbled).toBeInstanceOf(ReportUnavailable)
  expect(garbled).toMatchObject({ message: expect.stringContaining('200') })
})
