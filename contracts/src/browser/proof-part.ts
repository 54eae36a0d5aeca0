import { handOver } from './load-part.ts'
import { solveChallenge } from './proof-of-work.ts'

handOver({ solveChallenge } satisfies ProofPart)

export interface ProofPart {
  solveChallenge: typeof solveChallenge
}
