// node addon.cjs ADDON [--version]: runs the recorder that has been compiled as an addon.

const [, , file, option] = process.argv;
const addon = { exports: {} };
process.dlopen(addon, file);
if (option === '--version') console.log(addon.exports.version());
else process.exitCode = addon.exports.record();
