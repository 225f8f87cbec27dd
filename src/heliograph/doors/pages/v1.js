// The page to try /v1 on: made of the document, calls with the token that stands in the page and is kept nowhere. What comes
// back is shown as text, never read as HTML.
"use strict";

const MOST_DEEP = 6;
let openapi = null;

function resolved(schema) {
  if (!schema.$ref) return schema;
  return openapi.components.schemas[schema.$ref.split("/").pop()];
}

/** An example of what a schema asks for: required members, and the first of several choices. */
function sample(given, depth = 0) {
  const schema = resolved(given);
  if (schema.examples) return schema.examples[0];
  if (schema.anyOf) return sample(schema.anyOf.find((one) => one.type !== "null"), depth);
  if (schema.enum) return schema.enum[0];
  if (schema.default !== undefined && schema.default !== null && !Array.isArray(schema.default)) return schema.default;
  if (schema.type === "integer") return schema.minimum ?? 0;
  if (schema.type === "boolean") return false;
  if (schema.type === "array") return depth < MOST_DEEP ? [sample(schema.items ?? schema.prefixItems[0], depth + 1)] : [];
  if (schema.type !== "object") return "x";
  const members = Object.entries(schema.properties ?? {});
  const shown = members.filter(([name]) => (schema.required ?? []).includes(name) || ["to", "text"].includes(name));
  return Object.fromEntries(shown.map(([name, inner]) => [name, sample(inner, depth + 1)]));
}

function made(kind, text = "", className = "") {
  const element = document.createElement(kind);
  if (text) element.textContent = text;
  if (className) element.className = className;
  return element;
}

function field(parameter) {
  const label = made("label");
  const input = made("input");
  input.placeholder = parameter.required ? "needed" : "";
  input.spellcheck = false;
  label.append(made("span", parameter.name), input, made("span", ` ${parameter.description ?? ""}`, "hint"));
  return { label, input, parameter };
}

function request(method, path, fields, body) {
  let url = path;
  const query = new URLSearchParams();
  const headers = { Authorization: `Bearer ${document.getElementById("token").value.trim()}` };
  for (const { input, parameter } of fields) {
    const value = input.value.trim();
    if (parameter.in === "path") url = url.replace(`{${parameter.name}}`, encodeURIComponent(value || "0"));
    else if (value && parameter.in === "query") query.set(parameter.name, value);
    else if (value && parameter.in === "header") headers[parameter.name] = value;
  }
  if (body !== null) headers["Content-Type"] = "application/json";
  const asked = query.toString() ? `${url}?${query}` : url;
  return [asked, { method: method.toUpperCase(), headers, body: body ?? undefined, cache: "no-store" }];
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function show(response, output) {
  const limit = response.headers.get("RateLimit-Remaining");
  output.textContent = `${response.status} ${response.statusText}${limit === null ? "" : `, ${limit} requests left`}\n\n`;
  if (!(response.headers.get("Content-Type") ?? "").startsWith("text/event-stream")) {
    output.textContent += pretty(await response.text());
    return;
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) output.textContent += piece.value;
}

function tried(method, path, operation, inside) {
  const fields = (operation.parameters ?? []).map(field);
  inside.append(...fields.map((one) => one.label));
  const content = operation.requestBody?.content["application/json"];
  const text = content ? made("textarea") : null;
  if (text) {
    text.value = JSON.stringify(sample(content.schema), null, 2);
    text.spellcheck = false;
    inside.append(text);
  }
  const send = made("button", "Send");
  const stop = made("button", "Stop");
  const output = made("pre");
  output.hidden = stop.hidden = true;
  let under = null;
  stop.addEventListener("click", () => under?.abort());
  send.addEventListener("click", async () => {
    under?.abort();
    under = new AbortController();
    output.hidden = stop.hidden = false;
    output.textContent = "…";
    try {
      const [url, options] = request(method, path, fields, text ? text.value : null);
      await show(await fetch(url, { ...options, signal: under.signal }), output);
    } catch (error) {
      output.textContent += `\n${error.name === "AbortError" ? "stopped" : error.message}`;
    }
    stop.hidden = true;
  });
  inside.append(send, stop, output);
}

function call(method, path, operation) {
  const details = made("details");
  const summary = made("summary");
  summary.append(made("span", method.toUpperCase(), "method"), made("code", path), made("span", operation.summary, "what"));
  details.append(summary);
  details.addEventListener("toggle", () => {
    if (details.childElementCount > 1) return;
    const inside = made("div", "", "inside");
    inside.append(made("p", operation.description));
    tried(method, path, operation, inside);
    details.append(inside);
  });
  return details;
}

async function start() {
  openapi = await (await fetch("/v1/openapi.json")).json();
  const calls = document.getElementById("calls");
  for (const tag of openapi.tags) {
    const section = made("section");
    section.append(made("h2", tag.name), made("p", tag.description));
    for (const [path, methods] of Object.entries(openapi.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        if (operation.tags.includes(tag.name)) section.append(call(method, path, operation));
      }
    }
    calls.append(section);
  }
}

start().catch((error) => {
  document.getElementById("calls").append(made("p", `The document could not be read: ${error.message}`));
});
