import type { Pool } from 'pg'
import type { ReturnSigningSecrets } from '../core/ports/return-links.ts'
import type { Sealer } from '../lib/sealing.ts'

const select = 'select return_signing_secret as sealed from merchants where merchant_id = $1'

export function createReturnSigningSecrets(parts: { pool: Pool; sealer: Sealer }): ReturnSigningSecrets {
  return {
    async secretOf(merchantId) {
      const { rows } = await parts.pool.query<{ sealed: Buffer }>(select, [merchantId])
      const sealed = rows[0]?.sealed
      if (sealed === undefined) throw new Error(`there is no merchant ${merchantId}`)
      return parts.sealer.open(sealed, { kind: 'return_signing_secret', merchantId, recordId: merchantId })
    },
  }
}
