"""Makes `python -m azr_nb` the same command as `azr-nb`."""

from azr_nb.cli.app import main

if __name__ == "__main__":
    main()
