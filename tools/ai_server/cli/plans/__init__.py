"""Shows plans of memory: as text, JSON, a picture (SVG) and a page (HTML), alone or before and after a change."""
