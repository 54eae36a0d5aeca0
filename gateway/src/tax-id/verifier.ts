import type { Clock } from '@tessera/lib/clock'
import type { TaxIdVerifier } from '../core/ports/tax-id-verifier.ts'
import { countryOfTaxId, isInEu } from '../core/tax/countries.ts'
import type { TaxIdCheck } from '../core/tax/tax-decision.ts'
import { checkFormat } from './tax-id-format.ts'
import type { Vies } from './vies.ts'

const rememberedForMs = 24 * 3_600_000
const rememberedMax = 10_000
/** Beyond, further ids are `unavailable` at once: a register that hangs must not hold more and more payments. */
const askedAtOnceMax = 64

/** Check digits first, by jsvat and offline; then VIES, where it is configured (`vies` is not null) and knows the country. */
export function createTaxIdVerifier({ vies, clock }: { vies: Vies | null; clock: Clock }): TaxIdVerifier {
  const remembered = new Map<string, TaxIdCheck>()
  const asked = new Map<string, Promise<TaxIdCheck>>()

  function recall(taxId: string): TaxIdCheck | undefined {
    const check = remembered.get(taxId)
    if (check === undefined || clock.now() - check.checkedAtMs < rememberedForMs) return check
    remembered.delete(taxId)
    return undefined
  }
  /** Only a yes is kept: a no may become a yes today, when the business has registered. */
  function remember(check: TaxIdCheck): void {
    const [oldest] = remembered.keys()
    if (remembered.size >= rememberedMax && oldest !== undefined) remembered.delete(oldest)
    remembered.set(check.taxId, check)
  }

  async function ask(register: Vies, taxId: string): Promise<TaxIdCheck> {
    const registered = await register.isRegistered(taxId.slice(0, 2), taxId.slice(2))
    const status = registered === null ? 'unavailable' : registered ? 'verified' : 'unregistered'
    const check: TaxIdCheck = { taxId, status, checkedBy: 'vies', checkedAtMs: clock.now() }
    if (status === 'verified') remember(check)
    return check
  }
  function askOnce(register: Vies, taxId: string): Promise<TaxIdCheck> {
    const underWay = asked.get(taxId)
    if (underWay !== undefined) return underWay
    if (asked.size >= askedAtOnceMax) {
      return Promise.resolve({ taxId, status: 'unavailable', checkedBy: 'vies', checkedAtMs: clock.now() })
    }
    const asking = ask(register, taxId).finally(() => asked.delete(taxId))
    asked.set(taxId, asking)
    return asking
  }

  return {
    async verify(text, country, upTo) {
      const { taxId, verdict } = checkFormat(text, country)
      if (verdict === 'well_formed' && vies !== null && upTo === 'verified' && isKnownToVies(taxId)) {
        return recall(taxId) ?? askOnce(vies, taxId)
      }
      const status = verdict === 'well_formed' ? 'format' : verdict === 'malformed' ? 'invalid' : 'unavailable'
      return { taxId, status, checkedBy: 'jsvat', checkedAtMs: clock.now() }
    },
  }
}

function isKnownToVies(taxId: string): boolean {
  const country = countryOfTaxId(taxId)
  return country === 'XI' || isInEu(country)
}
