import ts from 'typescript'

export interface Span {
  text: string
  line: number
}

/** A TypeScript or JavaScript file, read once for all rules. */
export interface Source {
  tree: ts.SourceFile
  comments: Span[]
  /** Texts of string and template literals, as they are written. */
  literals: Span[]
  lineOf(node: ts.Node): number
}

export function readSource(path: string, text: string): Source {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false)
  const literals = collectLiterals(tree)
  const line = (offset: number): number => tree.getLineAndCharacterOfPosition(offset).line + 1
  const span = ({ start, end }: Range): Span => ({ text: text.slice(start, end), line: line(start) })
  return {
    tree,
    literals: literals.map(span),
    comments: collectComments(text, literals).map(span),
    lineOf: (node) => line(node.getStart(tree)),
  }
}

/** Calls `visit` for each node, parents first. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  ts.forEachChild(node, (child) => walk(child, visit))
}

interface Range {
  start: number
  end: number
}

function collectLiterals(tree: ts.SourceFile): Range[] {
  const literals: Range[] = []
  walk(tree, (node) => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node) || ts.isRegularExpressionLiteral(node)) {
      literals.push({ start: node.getStart(tree), end: node.end })
    }
  })
  return literals.sort((left, right) => left.start - right.start)
}

/** Outside literals, two slashes or a slash and a star always begin a comment. */
function collectComments(text: string, literals: readonly Range[]): Range[] {
  const gaps = [...literals, { start: text.length, end: text.length }].map(({ start }, index) => ({
    start: literals[index - 1]?.end ?? 0,
    end: start,
  }))
  return gaps.flatMap((gap) =>
    [...text.slice(gap.start, gap.end).matchAll(/\/\/.*|\/\*[\s\S]*?\*\//g)].map((match) => {
      const start = gap.start + match.index
      return { start, end: start + match[0].length }
    }),
  )
}
