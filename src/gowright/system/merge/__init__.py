"""Three-way merges of trees into a folder of a Git repository.

The package knows Git only. It knows neither Go nor templates.

- `repository`: the repository of a folder, and the conditions under which it can be changed.
- `trees`: trees of Git as mappings.
- `store`: a temporary object store for the trees of renders.
- `threeway`: the merge of two changes of one base. Touches nothing.
- `journal`: writes the result, and finishes after a kill what was begun.
"""
