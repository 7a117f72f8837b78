"""The client libraries that are intercepted, a file each: where their seam is, and how their errors look."""
