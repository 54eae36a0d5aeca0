import { framesPlace, proofPlace } from '@tessera/contracts/browser/built-parts'
import { loadPart } from '@tessera/contracts/browser/load-part'
import type { ProofPart } from '@tessera/contracts/browser/proof-part'
import type { actInDialog } from './action-dialog.ts'
import type { completePayment } from './complete-payment.ts'
import type { createFields } from './field-frames.ts'
import type { Fields } from './public-api.ts'
import { tesseraError } from './tessera-error.ts'

export interface FramesPart {
  createFields: typeof createFields
  actInDialog: typeof actInDialog
  completePayment: typeof completePayment
}

export async function framesPart(vaultUrl: string): Promise<FramesPart> {
  try {
    return await loadPart<FramesPart>(vaultUrl, framesPlace())
  } catch (error) {
    throw tesseraError({ code: 'frame_unavailable', message: (error as Error).message })
  }
}

export const proofPart = (vaultUrl: string): Promise<ProofPart> => loadPart(vaultUrl, proofPlace())

/** Answers at once, and does in order what it was told as soon as the part is there. */
export function fieldsLater(ready: Promise<Fields>): Fields {
  const fields: Fields = new Proxy({} as Fields, {
    has: (_target, name) => name === 'mount',
    get: (_target, name) => {
      if (name === 'then') return
      return (...given: never[]) => {
        const done = ready.then((those) => (those[name as keyof Fields] as (...all: never[]) => unknown)(...given))
        const [what, listener] = given as unknown as [string, (error: unknown) => void]
        if (what === 'error') done.catch(listener)
        if (name === 'mount') return fields
        return name === 'on' ? () => void done.then((stop) => (stop as () => void)()) : done
      }
    },
  })
  return fields
}
