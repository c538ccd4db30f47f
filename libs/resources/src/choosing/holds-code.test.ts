import { expect, test } from "vitest";
import { holdsCode } from "./holds-code.ts";

test.each([
  "Why does this fail?\n```python\nprint(1)\n```",
  "~~~\nx\n~~~",
  "fix it:\nfunction add(a, b) {\n  return a + b\n}",
  "def add(a, b):\n    return (a + b)",
  "import { a } from 'b';\nconst x = a(1);",
  "#include <stdio.h>\nint main() {\n  return 0;\n}",
  "SELECT name FROM users WHERE id = 1\nUPDATE users SET name = 'a'",
  "<div class='a'>\n  <p>Hi</p>\n</div>",
  "$ npm install\n$ npm test",
  "for i in range(10):\n    total = total + f(i)\n    print(total)",
])("there is code in %j", (text) => {
  expect(holdsCode(text)).toBe(true);
});

test.each([
  "",
  "Hi",
  "Write a program that adds two numbers.",
  "What is the difference between let and const?",
  "Dear Sir,\n\nplease find enclosed:\n- a letter;\n- two stamps.\n\nYours,\nA.",
  "From: Ada\nTo: Bob\nSubject: Lunch\n\nShall we meet at noon? Let me know.",
  "The formula is E = mc^2, as everybody knows.\nIt is from 1905.",
  "Bitte übersetze:\n„Ich komme morgen; du auch?“",
  "1. Wash the rice\n2. Cook it (20 min)\n3. Serve",
  `${"A sentence about nothing in particular.\n".repeat(30)}a;\nb;`,
])("there is none in %j", (text) => {
  expect(holdsCode(text)).toBe(false);
});
