#!/usr/bin/env node
// The command; it stands outside dist/ so that npm can link it before anything is built.
import "../dist/main.js";
