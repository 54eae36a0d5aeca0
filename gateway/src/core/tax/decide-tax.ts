import type { Mode } from '@tessera/contracts/vault-protocol'
import type { TaxDecision, TaxedBuyer, TaxIdCheck, TaxResult } from './tax-decision.ts'
import type { TaxSettings } from './tax-settings.ts'

export declare function decideTax(
  settings: TaxSettings,
  mode: Mode,
  buyer: TaxedBuyer,
  taxIdCheck: TaxIdCheck | null,
  nowMs: number,
): TaxResult<TaxDecision>
