/** A block of code as Markdown marks it. */
const fence = /^ {0,3}(?:```|~~~)/m;

/** How lines of programs begin or end, in the languages that people ask about most. */
const codeLine = new RegExp(
  [
    String.raw`[;{}]\s*$`,
    String.raw`^\s*(?:def|class|func|fn|function|interface|struct|enum|impl|module|package|namespace)\s+\w+.*[({:]`,
    String.raw`^\s*(?:import\s+[\w{*"'.]+|from\s+[\w.]+\s+import\s|#include\s*[<"]|using\s+[\w.]+;|require\s*\(?['"])`,
    String.raw`^\s*(?:const|let|var|val|public|private|protected|static)\s+\w[\w<>[\],]*.*[=(]`,
    String.raw`^\s*(?:if|for|while|switch|elif|else if|catch|except)\b.*[:{]\s*$`,
    String.raw`^\s*(?:return|raise|throw|yield|await)\s+[\w"'([{]+.*[);\]}]\s*$`,
    String.raw`^\s*(?:SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|CREATE\s+TABLE)\s`,
    String.raw`^\s*(?:\$|>>>)\s+\w+`,
    String.raw`^\s*<\/?[a-z][\w-]*(?:\s+[\w-]+=(?:"[^"]*"|'[^']*'))*\s*\/?>`,
    String.raw`^\s*[\w.[\]]+\s*[-+*/]?=\s*[\w"'([{].*[)\]}"']\s*$`,
  ].join("|"),
);

/** Fewer lines that look so may be prose: a list that ends in semicolons, a sentence in braces. */
const fewestCodeLines = 2;
/** Longest line that is looked at: a longer one is data, and patterns take time. */
const longestLine = 300;
/** Lines that are looked at. */
const mostLines = 400;

/**
 * Whether a text holds a piece of a program: a fenced block, or at least two lines that look like code and are a fifth
 * of those that are not empty.
 */
export function holdsCode(text: string): boolean {
  if (fence.test(text)) return true;
  const lines = text
    .split("\n", mostLines)
    .filter((line) => line.trim() !== "" && line.length <= longestLine);
  const found = lines.filter((line) => codeLine.test(line)).length;
  return found >= fewestCodeLines && found * 5 >= lines.length;
}
