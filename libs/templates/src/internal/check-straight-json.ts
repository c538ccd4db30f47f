import { Output, type Template, TypeGuards } from "liquidjs";
import { TemplateError } from "../template-error.ts";
import { JsonEmitter } from "./json-emitter.ts";
import { OutputValue } from "./output-value.ts";
import type { ParsedTemplate } from "./parse-template.ts";
import { RenderFailure } from "./render-failure.ts";
import { placeOfOffset, placeOfToken } from "./token-place.ts";

/**
 * Tells whether a template gives JSON while it is compiled, if it can be told: without tags its structure is always
 * the same.
 * @throws TemplateError
 */
export function checkStraightJson({ nodes, file }: ParsedTemplate): void {
  if (nodes.some((node) => TypeGuards.isTagToken(node.token))) return;
  const emitter = new JsonEmitter(Number.POSITIVE_INFINITY);
  const origins: { skeletonOffset: number; node: Template }[] = [];
  for (const node of nodes) {
    origins.push({ skeletonOffset: emitter.skeletonLength, node });
    try {
      emitter.write(
        node instanceof Output || !TypeGuards.isHTMLToken(node.token) ? anyValue : node.token.getContent(),
      );
    } catch (thrown) {
      if (!(thrown instanceof RenderFailure)) throw thrown;
      throw new TemplateError(thrown.message, placeOfToken(node.token, file));
    }
  }
  const problem = emitter.problem();
  if (problem === undefined) return;
  const origin = origins.findLast(({ skeletonOffset }) => skeletonOffset <= problem.offset);
  throw new TemplateError(
    `this is not JSON: ${problem.message}`,
    origin === undefined
      ? placeOfOffset("", 0, file)
      : placeInNode(origin.node, problem.offset - origin.skeletonOffset, file),
  );
}

const anyValue = new OutputValue(null);

function placeInNode({ token }: Template, offset: number, file: string | undefined) {
  if (!TypeGuards.isHTMLToken(token)) return placeOfToken(token, file);
  return placeOfOffset(token.input, token.begin + token.trimLeft + offset, file);
}
