import { actInDialog } from './action-dialog.ts'
import { completePayment } from './complete-payment.ts'
import { createFields } from './field-frames.ts'
import type { FramesPart } from './later-parts.ts'

/** Handed over at its own script element: so no name in the page's global scope is taken. */
const tessera: FramesPart = { createFields, actInDialog, completePayment }
Object.assign(document.currentScript as HTMLScriptElement, { tessera })
