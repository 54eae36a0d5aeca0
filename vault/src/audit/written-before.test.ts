import { createSecretKey } from 'node:crypto'
import { expect, test } from 'vitest'
import { type AuditLogRow, verifyAuditLog } from './verify.ts'

/** Two batches as the first release has written them. What does not verify after a change looks like tampering to an auditor. */
const macs = [
  'CJ4sD7ANPVCovKdBq652gmW8dzAZdIOMXXnTtv5Q8dk=',
  '2EZG8r7fIv1DZXdtWwtMTaF/G4dM92ykevtSLjx8nmc=',
  'FrlQDODf7D5fYIBNVMfytYKmHTTP0UF0nfeO1sEdgCU=',
]
const previous = ['AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=', 'zM2dyb0puQbMMDhhUsyowPbSO9RNhUBfpppJLV4sCCQ=']

const key = createSecretKey(Buffer.alloc(32, 8))
const chainId = '01m000000000000000000000aa'
const bytes = (text: string | undefined) => Buffer.from(text ?? '', 'base64')

async function* log(): AsyncGenerator<AuditLogRow> {
  const owner = { merchantId: 'mer_1', mode: 'live' } as const
  const [atMs, stepId, destination] = [1_800_000_000_000, 'att_1', 'acme/authorize']
  const first = { chainId, sequence: 0, previous: bytes(previous[0]) }
  const second = { chainId, sequence: 1, previous: bytes(previous[1]) }
  const sent = { ...owner, action: 'card_sent', subjectId: 'att_1', stepId, destination, atMs } as const
  const erased = { ...owner, action: 'card_erased', subjectId: 'pmi_1', stepId: null, destination: null, atMs } as const
  const started = { ...erased, merchantId: '', mode: '', action: 'vault_started', subjectId: '' } as const
  yield { ...sent, ...first, position: 0, mac: bytes(macs[0]) }
  yield { ...erased, ...first, position: 2, mac: bytes(macs[1]) }
  yield { ...started, ...second, position: 0, mac: bytes(macs[2]) }
}

test('a log of the first release is found whole', async () => {
  expect(await verifyAuditLog(key, log())).toMatchObject({ entries: 3, problems: [] })
})
