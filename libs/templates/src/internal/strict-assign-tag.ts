import { AssignTag, type Context, Value } from "liquidjs";

/** `{% assign %}` of a missing value is an error; that of liquidjs is as lenient with it as a condition is. */
export class StrictAssignTag extends AssignTag {
  override *render(context: Context): Generator<unknown, void, unknown> {
    const [name] = this.localScope();
    const [value] = this.arguments();
    if (name === undefined || !(value instanceof Value)) return;
    context.bottom()[name.content] = yield value.value(context, false);
  }
}
