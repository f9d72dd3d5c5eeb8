/* Nothing to call: the linker takes what this has in place of the standard library's. */
