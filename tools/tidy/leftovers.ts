import ts from 'typescript'
import { type FileRule, type Finding, findMatches, isTest } from './rule.ts'
import { type Source, walk } from './source.ts'

const marks = /\b(TODO|FIXME|XXX|HACK)\b/g
const markAdvice = (mark: string): string => `${mark}: do it now, or open an issue and say here what is true today`

const runners = new Set(['test', 'it', 'describe', 'suite'])
/** `skipIf` and `runIf` state their reason and stay allowed. */
const switches = new Set(['only', 'skip', 'todo'])

/** Things that were meant to be taken out again. */
export const leftovers: FileRule = {
  name: 'leftovers',
  check({ path, text, source }) {
    if (source !== null) return [...markedComments(path, source), ...(isTest(path) ? switchedTests(path, source) : [])]
    return /\.(sql|sh|yml|yaml|md)$/.test(path) ? findMatches('leftovers', path, text, marks, markAdvice) : []
  },
}

function markedComments(path: string, source: Source): Finding[] {
  return source.comments.flatMap((comment) =>
    findMatches('leftovers', path, comment.text, marks, markAdvice).map((finding) => ({
      ...finding,
      line: comment.line + finding.line - 1,
    })),
  )
}

function switchedTests(path: string, source: Source): Finding[] {
  const findings: Finding[] = []
  walk(source.tree, (node) => {
    if (!ts.isPropertyAccessExpression(node) || !switches.has(node.name.text)) return
    const runner = node.expression.getText(source.tree).split('.')[0] as string
    if (!runners.has(runner)) return
    const message = `${runner}.${node.name.text} hides tests: run them all, or skipIf() with the reason`
    findings.push({ rule: 'leftovers', path, line: source.lineOf(node), message })
  })
  return findings
}
