import { describe, expect, it } from "vitest";
import { DeliveryChoice } from "./delivery-choice.ts";
import { requestKey } from "./request-key.ts";

const requestId = "019a0b1c-2d3e-7f40-8fff-00ff10203040";
const [first, second, third] = [1, 2, 3].map((delivery) => requestKey(requestId, delivery)) as [
  string,
  string,
  string,
];
const by = (instance: string, repeatable = false) =>
  ({ holder: { service: "router", instance }, repeatable, direct: true }) as const;

describe("the choice among the deliveries of a request", () => {
  it("gives leave to the first that asks and to no other", () => {
    const choice = new DeliveryChoice();
    expect(choice.answer(second, by("router-a"))).toBe("proceed");
    expect(choice.answer(first, by("router-b"))).toBe("cancel");
    expect(choice.answer(second, by("router-b"))).toBe("cancel");
    expect([choice.key, choice.holder?.instance]).toEqual([second, "router-a"]);
  });

  it("says nothing to a question that comes twice", () => {
    const choice = new DeliveryChoice();
    choice.answer(first, by("router-a"));
    expect(choice.answer(first, by("router-a"))).toBeUndefined();
  });

  it("gives no leave once a delivery is answered without", () => {
    const choice = new DeliveryChoice();
    choice.opened(first);
    expect([choice.answer(first, by("router-a")), choice.answer(second, by("router-a"))]).toEqual([
      "cancel",
      "cancel",
    ]);
    expect([choice.key, choice.holder, choice.takeBack()]).toEqual([first, undefined, false]);
  });

  it("is taken back once, where the router that had leave allowed it", () => {
    const choice = new DeliveryChoice();
    choice.answer(first, by("router-a", true));
    expect([choice.takeBack(), choice.key, choice.holder]).toEqual([true, undefined, undefined]);
    expect(choice.answer(second, by("router-b", true))).toBe("proceed");
    expect([choice.takeBack(), choice.answer(third, by("router-c", true))]).toEqual([false, "cancel"]);
  });

  it("is not taken back otherwise", () => {
    const choice = new DeliveryChoice();
    expect(choice.takeBack()).toBe(false);
    choice.answer(first, by("router-a"));
    expect([choice.takeBack(), choice.key]).toEqual([false, first]);
  });
});
