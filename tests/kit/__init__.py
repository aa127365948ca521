"""What several tests start from, a module for each thing that it makes.

- `shared`: a folder that is made once in a run, whichever worker asks first
- `small_project`: a small copy of this project in a repository of its own; `small_nights`: crawls that come to it
- `project`: a folder whose stages run in this process
- `two_stages`: a DVC project of two stages; `small_experiments`: one in git, whose figures follow from its params
- `posts_csv`: CSV files of posts, a few rows each; `tool_files`: folders as other tools leave them
- `batch_tables`: writes the tables of a batch; by it `demo_tables`, those of the demo world and their champion, and
  `gate_project`, two batches whose tables a test may break
- `good_batches`: good batches of the demo and of real sets, with a champion; `broken_kinds`: what can be wrong with
  them
- `planted_world`: the demo world with fitted models, which score its posts from raw words
- `dataset_rows`: rows of data/dataset.parquet; `users_posts`: posts of users with levels of their own
- `stored_photos`, `grey_photos`: shards of photos; `photo_server`: a host of photos, which counts;
  `hostile_server`: one that does whatever servers do, with what has to come of each habit
- `bundles`: bundles that are only named and moved, and of models that a test fitted; `nights`: records of three nights
  and of a month
- `shapley_definition`: Shapley values by their definition
- `shift`: a project with `make server`'s supervisor; `bombs`: photos that cost more than they seem to, and broken ones
- `local_flickr`: Flickr's API on loopback, which counts and fails as it is told
- `corenlp_server`: answers as CoreNLP does; `english`: reads texts among English ones
- `paper_tables`: figures of a set, made up
- `printed_commands`: commands as the pages print them
- `alert_servers`: a webhook and a mail server that alerts go to; `certificates`: of servers that speak TLS
- `reading`: pages as they are read; `browsing`: as a person opens them, and what is wrong with them there;
  `evidently_ui`: the dashboard
- `traces`: what a project's files hold of somebody, whatever their format
- `mounts`: commands that see a small disk, or one that takes no change
- `code_deps`: what imports what, and `make deps`
"""
