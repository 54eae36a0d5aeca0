import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** These take minutes, whatever their size says: begun last, they are waited for while a core has nothing to do. */
const slow = [
  'e2e/isolation/isolation.test.ts',
  'e2e/journeys/three-d-secure.test.ts',
  'e2e/journeys/unknown-outcomes.test.ts',
]

/** Starts the longest files first where no earlier run told how long each takes, as on a fresh clone. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isSlow = ({ moduleId }: TestSpecification) => slow.some((path) => moduleId.endsWith(path))
    const sorted = await super.sort(files)
    return [...sorted.filter(isSlow), ...sorted.filter((each) => !isSlow(each))]
  }
}
