import type { actInDialog } from './action-dialog.ts'
import type { completePayment } from './complete-payment.ts'
import type { createFields } from './field-frames.ts'
import type { Fields } from './public-api.ts'
import { tesseraError } from './tessera-error.ts'

/** What most pages need only later, or never: loaded from the vault when it is asked for. */
export interface FramesPart {
  createFields: typeof createFields
  actInDialog: typeof actInDialog
  completePayment: typeof completePayment
}

/** Written in by `tools/build-browser.ts`: where the part lies, and its hash. The pin of the SDK's own script covers it so. */
declare const FRAMES_PATH: string
declare const FRAMES_INTEGRITY: string

const loading = new Map<string, Promise<FramesPart>>()

export function framesPart(vaultUrl: string): Promise<FramesPart> {
  const url = vaultUrl + FRAMES_PATH
  const known = loading.get(url)
  if (known !== undefined) return known
  const part = new Promise<FramesPart>((resolve, reject) => {
    const script = document.createElement('script')
    Object.assign(script, { src: url, integrity: FRAMES_INTEGRITY, crossOrigin: 'anonymous' })
    script.onload = () => resolve((script as unknown as { tessera: FramesPart }).tessera)
    script.onerror = () => {
      loading.delete(url)
      reject(tesseraError({ code: 'frame_unavailable', message: `${url} did not load` }))
    }
    document.head.append(script)
  })
  loading.set(url, part)
  return part
}

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
