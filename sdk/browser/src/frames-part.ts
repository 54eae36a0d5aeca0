import { handOver } from '@tessera/contracts/browser/load-part'
import { actInDialog } from './action-dialog.ts'
import { completePayment } from './complete-payment.ts'
import { createFields } from './field-frames.ts'
import type { FramesPart } from './later-parts.ts'

handOver({ createFields, actInDialog, completePayment } satisfies FramesPart)
