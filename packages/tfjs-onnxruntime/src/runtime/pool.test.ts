import { expect, test } from "vitest";
import { BufferPool } from "./pool.ts";

test("memory comes back for the same type and size only", () => {
  const pool = new BufferPool(1000);
  const buffer = pool.take("float32", 10);
  pool.give("float32", buffer);
  expect(pool.take("int32", 10)).not.toBe(buffer);
  expect(pool.take("float32", 11)).not.toBe(buffer);
  expect(pool.take("float32", 10)).toBe(buffer);
  expect(pool.take("float32", 10)).not.toBe(buffer);
});

test("idle memory is bounded", () => {
  const pool = new BufferPool(60);
  const [a, b] = [pool.take("float32", 10), pool.take("float32", 10)];
  pool.give("float32", a);
  pool.give("float32", b);
  expect(pool.take("float32", 10)).toBe(a);
  expect(pool.take("float32", 10)).not.toBe(b);
});
