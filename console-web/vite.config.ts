import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// `npm run dev` serves the page and passes the API on to a running `warmline serve`.
const server = process.env.WARMLINE_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  build: { target: "es2022", sourcemap: false, reportCompressedSize: false },
  server: { proxy: { "/api": { target: server, ws: true } } },
});
